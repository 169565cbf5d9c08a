/** Commands of a page up to the next lines that say what they print. */
export interface Step {
  /** Line of the page on which the commands begin. */
  readonly line: number;
  readonly commands: string;
  /** What must be in the output, from lines `# → text`; `…` stands for anything within a line. */
  readonly expected: readonly string[];
}

/** A fenced ```sh block of a page that is followed word for word. */
export interface FollowedBlock {
  readonly line: number;
  readonly steps: readonly Step[];
}

const EXPECTED = /^# → (.+)$/;

function stepsOf(lines: readonly string[], firstLine: number): Step[] {
  const steps: { line: number; commands: string[]; expected: string[] }[] = [];
  lines.forEach((text, i) => {
    const expected = EXPECTED.exec(text)?.[1];
    const last = steps.at(-1);
    if (expected !== undefined) {
      if (!last) throw new Error(`line ${firstLine + i}: "${text}" belongs to no command`);
      last.expected.push(expected);
    } else if (!last || last.expected.length > 0) steps.push({ line: firstLine + i, commands: [text], expected: [] });
    else last.commands.push(text);
  });
  return steps.map(({ line, commands, expected }) => ({ line, commands: commands.join('\n'), expected }));
}

/**
 * The ```sh blocks of a page, in order. Throws for a shell block fenced otherwise, which would silently not be followed,
 * and for a block that never ends.
 */
export function followedBlocks(markdown: string): FollowedBlock[] {
  const blocks: FollowedBlock[] = [];
  let open: { language: string; line: number; lines: string[] } | null = null;
  markdown.split('\n').forEach((text, i) => {
    const fence = /^```(.*)$/.exec(text)?.[1]?.trim();
    if (fence === undefined) open?.lines.push(text);
    else if (open === null) {
      if (/^(bash|shell|console|sh .*)$/.test(fence))
        throw new Error(`line ${i + 1}: expected \`\`\`sh, got \`\`\`${fence}: only sh blocks are followed`);
      open = { language: fence, line: i + 1, lines: [] };
    } else {
      if (open.language === 'sh') blocks.push({ line: open.line, steps: stepsOf(open.lines, open.line + 1) });
      open = null;
    }
  });
  if (open !== null) throw new Error('a block has no end');
  return blocks;
}

const oneSpace = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** Whether a line of the output contains the expected text. White space counts as one space, and `…` as anything. */
export function isPrinted(output: string, expected: string): boolean {
  const parts = expected.split('…').map(oneSpace);
  return output.split('\n').some((raw) => {
    const line = oneSpace(raw);
    let from = 0;
    return parts.every((part) => {
      const at = line.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    });
  });
}
