/** The report is one file that needs nothing else; it follows the reader's light or dark setting. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #5b6470; --line: #d9dee5; --page: #ffffff; --panel: #f6f8fa;
  --challenger: #1f63d6; --champion: #b45f06; --pass: #1a7f37; --fail: #c21f30; --wait: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a3b1; --line: #343b46; --page: #12151a;
  --panel: #1b2027; --challenger: #6aa5ff; --champion: #f0a84b; --pass: #4cc26b; --fail: #ff7580; --wait: #e0b04a; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 32px 20px 64px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1040px; margin: 0 auto; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 10px; } h3 { font-size: 14px; margin: 0 0 8px; }
p { margin: 4px 0; } .soft { color: var(--soft); } code { font-size: 12.5px; overflow-wrap: anywhere; }
.verdict { display: inline-block; padding: 2px 12px; border-radius: 999px; font-weight: 600; color: var(--page); }
.pass { background: var(--pass); } .fail, .error { background: var(--fail); } .inconclusive { background: var(--wait); }
.not-applicable { background: var(--soft); } td .verdict { font-size: 12.5px; padding: 0 9px; white-space: nowrap; }
.summary { border-left: 4px solid var(--line); padding: 4px 14px; margin: 16px 0; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-weight: 500; font-size: 13px; } tbody th { font-weight: 500; } td:nth-child(5) { min-width: 240px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 16px; }
figure { margin: 0; padding: 16px; background: var(--panel); border-radius: 8px; } svg { width: 100%; height: auto; max-height: 360px; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg text.tick { font-size: 10.5px; fill: var(--soft); }
svg text.on { fill: var(--page); } .grid { stroke: var(--line); stroke-width: 0.7; } .diagonal { stroke: var(--soft); stroke-dasharray: 4 4; }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; } .line.challenger, .interval { stroke: var(--challenger); }
.line.champion { stroke: var(--champion); } .dot.challenger, .bar, .cell { fill: var(--challenger); } .dot.champion { fill: var(--champion); }
.interval { stroke-width: 2; fill: none; } .zero { stroke: var(--soft); } .goal { stroke: var(--pass); stroke-width: 2; stroke-dasharray: 3 3; }
.legend { color: var(--soft); font-size: 13px; } .key { display: inline-block; width: 14px; height: 3px; margin: 0 6px 4px 0; }
.key ~ .key { margin-left: 14px; } .key.challenger { background: var(--challenger); } .key.champion { background: var(--champion); }
`;
