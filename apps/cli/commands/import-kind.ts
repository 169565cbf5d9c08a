import type { ImportKind } from '#contracts/http/ingest';

/**
 * What kind of file this is, from its first lines; null if none of them says. A JSON line with `rule_based_action` is a
 * shadow comparison, one with `action_attempted` an outcome, an object with `data` a saved answer of the historical
 * API; a CSV is recognised by its head.
 */
export function importKind(head: string): ImportKind | null {
  const text = head.replace(/^\uFEFF/, '').trimStart();
  if (!text.startsWith('{')) return csvKind(text.split(/\r?\n/, 1)[0] ?? '');
  for (const line of text.split('\n')) {
    if (/"rule_based_action"\s*:/.test(line)) return 'shadow';
    if (/"action_attempted"\s*:/.test(line)) return 'automation';
    if (/"data"\s*:\s*\[/.test(line)) return 'historical';
  }
  return null;
}

function csvKind(header: string): ImportKind | null {
  const names = new Set(header.split(',').map((name) => name.trim().replaceAll('"', '').toLowerCase()));
  if (names.has('rule_based_action')) return 'shadow';
  if (names.has('action_attempted')) return 'automation';
  if (names.has('url') && names.has('type')) return 'dataset';
  return null;
}
