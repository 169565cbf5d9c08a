import { describe, expect, it } from 'vitest';
import { followedBlocks, isPrinted } from './followed-blocks.js';

const page = (...blocks: string[]): string =>
  ['# A page', '', ...blocks.flatMap((block) => [block, '', 'Words.'])].join('\n');

describe('the blocks of a page', () => {
  it('are steps of commands and what they print', () => {
    const block = "```sh\ncat > a <<'EOF'\n# a comment\nEOF\nls\n# → a\n# → b … c\nrm a\n```";
    expect(followedBlocks(page(block, '```yaml\nname: x\n```', '```sh\npwd\n```'))).toEqual([
      {
        line: 3,
        steps: [
          { line: 4, commands: "cat > a <<'EOF'\n# a comment\nEOF\nls", expected: ['a', 'b … c'] },
          { line: 10, commands: 'rm a', expected: [] },
        ],
      },
      { line: 19, steps: [{ line: 20, commands: 'pwd', expected: [] }] },
    ]);
  });

  it.each([
    ['bash', '```bash\nls\n```', 'expected ```sh, got ```bash'],
    ['an expectation of nothing', '```sh\n# → a\n```', 'belongs to no command'],
    ['a block without an end', '```sh\nls', 'has no end'],
  ])('are refused with %s', (_, block, message) => {
    expect(() => followedBlocks(page(block))).toThrow(message);
  });
});

describe('what is printed', () => {
  it.each([
    ['v1.0.0 is live', 'x: v1.0.0 is live since\n', true],
    ['a b', '| a    b |', true],
    ['taken … 2', 'taken (new)   2', true],
    ['taken … 2', 'taken 3\nrejected 2', false],
    ['2 … taken', 'taken 2', false],
    ['v1.1.0', 'v1.0.0', false],
  ])('%s in %j: %s', (expected, output, found) => {
    expect(isPrinted(output, expected)).toBe(found);
  });
});
