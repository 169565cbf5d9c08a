/** What could move the cursor, rewrite what stands there, or turn a line around. Line feeds and tabs stay. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** Everything that picocolors writes: bold, dim, a colour, and back. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /(\u001B\[(?:[0-9]|2[0-9]|3[0-9]|4[0-9]|9[0-7]|10[0-7])m)/;

/** Text from outside as it may go to a terminal: control characters are written out as \\u001b. */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a line that may have been coloured here, which only a screen with colours may show. */
export function printableColoured(text: string): string {
  return text
    .split(COLOUR)
    .map((part, i) => (i % 2 === 1 ? part : printable(part)))
    .join('');
}
