const TURNS = 20_000_000;

/** How fast this machine is just now: millions of turns a second of one fixed loop, in which every turn waits for the one before. */
export function machineSpeed(): number {
  let best = 0;
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    let state = 42;
    for (let i = 0; i < TURNS; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const perSecond = (1000 * TURNS) / (performance.now() - start) / 1e6;
    // So that the loop is not left out for want of a result.
    if (state !== 0.5 && perSecond > best) best = perSecond;
  }
  return best;
}
