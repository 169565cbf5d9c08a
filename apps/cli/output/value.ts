import { isUtf8 } from 'node:buffer';
import { printable } from './printable.js';

const BYTES_A_LINE = 16;
/** Of bytes that are no text. */
const SHOWN_BYTES = 512;

function hexLine(value: Buffer, from: number): string {
  const bytes = value.subarray(from, from + BYTES_A_LINE);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const text = [...bytes].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${from.toString(16).padStart(8, '0')}  ${hex.padEnd(BYTES_A_LINE * 3 - 1)}  ${text}`;
}

/** A message's value for a person: JSON indented, other text as it is, anything else as a hexadecimal dump. */
export function valueLines(value: Buffer): string[] {
  if (value.length === 0) return ['(empty)'];
  if (isUtf8(value)) return printable(indented(value.toString('utf8'))).split('\n');
  const shown = Math.min(value.length, SHOWN_BYTES);
  const lines = Array.from({ length: Math.ceil(shown / BYTES_A_LINE) }, (_, i) => hexLine(value, i * BYTES_A_LINE));
  return value.length > shown ? [...lines, `… ${value.length - shown} more bytes; --raw writes them all`] : lines;
}

function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
