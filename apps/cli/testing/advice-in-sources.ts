import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from '@swc/core';
import { projectFolder } from '../client/settings.js';

/** A call of `ratchet(command, model, options)`. */
export interface MadeAdvice {
  readonly file: string;
  /** In place of what is only known when it runs stands an example; a text for each branch it can take. */
  readonly commands: readonly string[];
  /** Whether it is about no model in particular. */
  readonly anyModel: boolean;
  readonly options: readonly string[];
}

/** A text that holds commands as they are typed, not made by `ratchet()`. */
export interface WrittenAdvice {
  readonly file: string;
  readonly text: string;
  /** The help of a command is about no model; its examples are commands and nothing else. */
  readonly kind: 'example' | 'prose of help' | 'told';
}

/** Stands for what is put into a text when it is printed. */
const EXAMPLES: Readonly<Record<string, string>> = {
  REASON: '--reason "…"',
  version: 'v1.0.0',
  to: 'v1.0.0',
  model: 'churn',
  sequence: '7',
  renames: 'tenure=months',
  reconciliation_id: '3f2a81c0',
  backup_id: '3f2a81c0',
  topic: 'automation.outcomes',
  reason: 'not-json',
  commandName: 'backup list',
};

type Node = Readonly<Record<string, unknown>> & { readonly type: string };

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';

/** Arguments of calls are wrapped, others are not. */
const unwrapped = (value: unknown): Node[] => {
  if (isNode(value)) return [value];
  const within = typeof value === 'object' && value !== null && 'expression' in value ? value.expression : null;
  return isNode(within) ? [within] : [];
};
/** What a node holds under a name: one node, or several. */
const parts = (node: Node, name: string): Node[] => [node[name]].flat().flatMap(unwrapped);
const part = (node: Node, name: string): Node | undefined => parts(node, name)[0];

function* everyNode(value: unknown, above: readonly Node[] = []): Generator<readonly [Node, readonly Node[]]> {
  if (Array.isArray(value)) for (const each of value) yield* everyNode(each, above);
  else if (typeof value === 'object' && value !== null) {
    const within = isNode(value) ? [...above, value] : above;
    if (isNode(value)) yield [value, above];
    for (const each of Object.values(value)) yield* everyNode(each, within);
  }
}

const product = (before: readonly string[], after: readonly string[]): string[] =>
  before.flatMap((one) => after.map((other) => one + other));

class Source {
  private readonly nodes: readonly (readonly [Node, readonly Node[]])[];
  /** Names that are being looked up. */
  private readonly asked = new Set<string>();

  constructor(
    private readonly file: string,
    text: string,
  ) {
    this.nodes = [
      ...everyNode(parseSync(text, { syntax: 'typescript', tsx: file.endsWith('.tsx'), decorators: true })),
    ];
  }

  made(): MadeAdvice[] {
    return this.calls('ratchet').map((call) => {
      const [command, model, options] = parts(call, 'arguments');
      return {
        file: this.file,
        commands: command ? this.texts(command) : [],
        anyModel: model?.type === 'NullLiteral',
        options: options ? this.texts(options) : [''],
      };
    });
  }

  written(): WrittenAdvice[] {
    return this.nodes.flatMap(([node, above]) => {
      if (above.some((each) => each.type === 'CallExpression' && this.callee(each) === 'ratchet')) return [];
      const texts = ['StringLiteral', 'TemplateLiteral', 'JSXText'].includes(node.type) ? this.texts(node) : [];
      const under = above.flatMap((each) =>
        each.type === 'KeyValueProperty' ? [String(part(each, 'key')?.value)] : [],
      );
      const kind = (text: string) =>
        under.includes('examples') || /^(npx )?ratchet /.test(text)
          ? 'example'
          : under.includes('description') || under.includes('summary')
            ? 'prose of help'
            : 'told';
      return texts.map((text) => ({ file: this.file, text, kind: kind(text) }));
    });
  }

  private calls(name: string): Node[] {
    return this.nodes.flatMap(([node]) => (node.type === 'CallExpression' && this.callee(node) === name ? [node] : []));
  }

  private callee(call: Node): string {
    return String(part(call, 'callee')?.value);
  }

  /** Every text that an expression can be, as far as the file says. */
  private texts(node: Node): string[] {
    switch (node.type) {
      case 'StringLiteral':
      case 'JSXText':
        return [String(node.value)];
      case 'TemplateLiteral': {
        const between = parts(node, 'expressions').map((each) => this.texts(each));
        return parts(node, 'quasis').reduce(
          (before, quasi, i) => product(product(before, [String(quasi.cooked)]), between[i] ?? ['']),
          [''],
        );
      }
      case 'ConditionalExpression':
        return ['consequent', 'alternate'].flatMap((branch) => this.texts(part(node, branch) ?? node));
      case 'ParenthesisExpression':
        return this.texts(part(node, 'expression') ?? node);
      case 'MemberExpression':
        return [EXAMPLES[String(part(node, 'property')?.value)] ?? 'example'];
      case 'CallExpression':
        return parts(node, 'arguments')
          .slice(0, 1)
          .flatMap((first) => this.texts(first));
      case 'Identifier':
        return this.valueOf(String(node.value));
      default:
        return ['example'];
    }
  }

  private valueOf(name: string): string[] {
    if (this.asked.has(name)) return ['example'];
    this.asked.add(name);
    const values = this.valuesOf(name);
    this.asked.delete(name);
    return values;
  }

  /** Of a constant of this file, or of a parameter of one of its functions: what that is called with. */
  private valuesOf(name: string): string[] {
    const example = EXAMPLES[name];
    const constants = this.nodes.flatMap(([node]) => {
      const init = node.type === 'VariableDeclarator' && part(node, 'id')?.value === name ? part(node, 'init') : null;
      return init && ['StringLiteral', 'TemplateLiteral', 'ConditionalExpression'].includes(init.type) ? [init] : [];
    });
    if (constants.length > 0) return constants.flatMap((init) => this.texts(init));
    const given = this.nodes.flatMap(([node, above]) => {
      const at = parts(node, 'params').findIndex((each) => each.type === 'Identifier' && each.value === name);
      const declared = above.at(-1);
      if (node.type !== 'ArrowFunctionExpression' || at < 0 || declared?.type !== 'VariableDeclarator') return [];
      return this.calls(String(part(declared, 'id')?.value)).flatMap((call) => parts(call, 'arguments')[at] ?? []);
    });
    if (example === undefined && given.length > 0) return given.flatMap((argument) => this.texts(argument));
    return [example ?? 'example'];
  }
}

/** Sources of all that speaks to people; what a reference.ts writes is a page of the documentation. */
const SOURCES = ['apps', 'libs', 'deploy'].flatMap((folder) =>
  readdirSync(join(projectFolder(), folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file}`)
    .filter(
      (file) =>
        /\.tsx?$/.test(file) &&
        !/\.(test|fixture)\.ts$|\.d\.ts$|\/reference\.ts$|\/command-line\.ts$|\/testing\//.test(file),
    ),
);

export const adviceInSources = (): { made: MadeAdvice[]; written: WrittenAdvice[] } => {
  const sources = SOURCES.flatMap((file) => {
    const text = readFileSync(join(projectFolder(), file), 'utf8');
    return /\bratchet[ (]/.test(text) ? [new Source(file, text)] : [];
  });
  return {
    made: sources.flatMap((source) => source.made()),
    written: sources
      .flatMap((source) => source.written())
      .filter(({ text }) => /\bratchet [a-z]/.test(text) && !text.includes('pg_try_advisory')),
  };
};
