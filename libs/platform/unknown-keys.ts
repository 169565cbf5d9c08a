/** Paths of keys that are in `input` but not in what the schema made of it: misspelt ones, as a rule. */
export function unknownKeys(input: unknown, parsed: unknown, path: readonly PropertyKey[] = []): PropertyKey[][] {
  if (!isContainer(input) || !isContainer(parsed)) return [];
  return Object.entries(input).flatMap(([key, value]) =>
    key in parsed
      ? unknownKeys(value, Reflect.get(parsed, key), [...path, keyIn(input, key)])
      : [[...path, keyIn(input, key)]],
  );
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

const keyIn = (container: object, key: string): PropertyKey => (Array.isArray(container) ? Number(key) : key);
