import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, LineCounter, parseDocument, visit } from 'yaml';
import { ModelDefinition } from '#contracts/model-definition';
import { closestName } from '#domain/rows/closest-name';
import { scheduleProblem } from '#domain/schedule/due-slot';
import { inWords } from './definition-words.js';
import { unknownKeys } from './unknown-keys.js';

/** One thing wrong with a definition file, and where. */
export interface DefinitionProblem {
  line: number;
  field: string;
  detail: string;
}

export class DefinitionError extends Error {
  constructor(
    readonly file: string,
    readonly problems: DefinitionProblem[],
  ) {
    super(problems.map((p) => `${file}:${p.line}: ${p.field ? `${p.field}: ` : ''}${p.detail}`).join('\n'));
    this.name = 'DefinitionError';
  }
}

/** Reads one definition; throws {@link DefinitionError} that points at every line that is wrong. */
export function parseModelDefinition(text: string, file: string): ModelDefinition {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0)
    throw new DefinitionError(
      file,
      document.errors.map((error) => ({
        line: error.linePos?.[0].line ?? 1,
        field: '',
        detail: error.message.split('\n')[0] ?? error.message,
      })),
    );
  const input = plainValue(document, lines, file);
  const parsed = ModelDefinition.safeParse(input);
  const lineOf = (path: readonly PropertyKey[]): number => {
    // The nearest node that is there: a missing field is reported where its parent stands.
    for (let depth = path.length; depth > 0; depth--) {
      const node = document.getIn(path.slice(0, depth), true);
      if (typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range))
        return lines.linePos(Number(node.range[0])).line;
    }
    return 1;
  };
  const problems = parsed.success
    ? unknownKeys(input, parsed.data).map((path) => ({
        line: lineOf(path),
        field: path.map(String).join('.'),
        detail: 'there is no such setting; is it misspelt?',
      }))
    : parsed.error.issues.map((issue) => ({
        line: lineOf(issue.path),
        field: issue.path.map(String).join('.'),
        detail: inWords(issue, valueAt(input, issue.path)) + misspelling(input, issue.path),
      }));
  const schedule = parsed.success ? scheduleProblem(parsed.data.schedule) : null;
  if (schedule !== null) problems.push({ line: lineOf(['schedule']), field: 'schedule', detail: schedule });
  if (!parsed.success || problems.length > 0) throw new DefinitionError(file, problems);
  return parsed.data;
}

const valueAt = (input: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    input,
  );

/** Of a setting that is missing: the one beside it that is probably meant for it. */
function misspelling(input: unknown, path: readonly PropertyKey[]): string {
  const beside = valueAt(input, path.slice(0, -1));
  const name = path.at(-1);
  if (typeof name !== 'string' || typeof beside !== 'object' || beside === null || name in beside) return '';
  const closest = closestName(name, Object.keys(beside));
  return closest === null ? '' : `; is it "${closest}"?`;
}

/** The document as plain values. Aliases are resolved only here: one without an anchor, or too many, is told where it stands. */
function plainValue(document: Document.Parsed, lines: LineCounter, file: string): unknown {
  const problems: DefinitionProblem[] = [];
  let firstAlias = 1;
  visit(document, {
    Alias(_, alias) {
      const line = lines.linePos(alias.range?.[0] ?? 0).line;
      if (firstAlias === 1) firstAlias = line;
      if (alias.resolve(document) === undefined)
        problems.push({ line, field: '', detail: `there is no anchor &${alias.source} before this alias` });
    },
  });
  if (problems.length > 0) throw new DefinitionError(file, problems);
  try {
    return document.toJS();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new DefinitionError(file, [{ line: firstAlias, field: '', detail }]);
  }
}

/** Every definition in a folder by name. The file must be called like the model. */
export function loadModelDefinitions(directory: string): Map<string, ModelDefinition> {
  const definitions = new Map<string, ModelDefinition>();
  for (const entry of readdirSync(directory).sort()) {
    if (!/\.ya?ml$/.test(entry)) continue;
    const file = join(directory, entry);
    const definition = parseModelDefinition(readFileSync(file, 'utf8'), file);
    const expected = basename(entry).replace(/\.ya?ml$/, '');
    if (definition.name !== expected)
      throw new DefinitionError(file, [
        { line: 1, field: 'name', detail: `is "${definition.name}", expected "${expected}" like the file` },
      ]);
    definitions.set(definition.name, definition);
  }
  return definitions;
}
