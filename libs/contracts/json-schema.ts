import { z } from 'zod';
import { ModelDefinition } from './model-definition.js';

export type JsonObject = { [key: string]: unknown };

/** `input` is what a caller may send (defaults may be left out), `output` what a reader gets (defaults are filled in). */
export type Side = 'input' | 'output';

/** Drops what zod adds for JavaScript's sake: every integer is bounded by what a double holds. */
function dropSafeIntegerBounds(schema: JsonObject): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

/** Answers may gain fields in a later release, so a reader must not refuse the ones it does not know. */
function allowUnknownFields(schema: JsonObject): void {
  if (schema.additionalProperties === false) delete schema.additionalProperties;
}

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** A copy in which every `$ref` went through `rename`. */
function mapRefs(value: unknown, rename: (ref: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapRefs(item, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? rename(item) : mapRefs(item, rename),
    ]),
  );
}

function refsIn(value: unknown): string[] {
  const refs: string[] = [];
  mapRefs(value, (ref) => {
    refs.push(ref);
    return ref;
  });
  return refs;
}

interface Target {
  readonly draft: 'draft-07' | 'draft-2020-12';
  /** Where components are in the document, like `#/components/schemas/`. */
  readonly prefix: string;
}

/**
 * The schemas of one document: every contract with an id becomes a component, once. A component that looks different
 * to a sender and to a reader is there twice, the sender's as `NAMEInput`.
 */
export class SchemaBook {
  private readonly definitions = { input: new Map<string, JsonObject>(), output: new Map<string, JsonObject>() };
  private readonly roots = { input: new Map<z.ZodType, JsonObject>(), output: new Map<z.ZodType, JsonObject>() };
  private readonly twoFaced = new Set<string>();
  private readonly local: string;

  constructor(
    private readonly target: Target,
    schemas: { readonly inputs: readonly z.ZodType[]; readonly outputs: readonly z.ZodType[] },
  ) {
    this.local = target.draft === 'draft-07' ? '#/definitions/' : '#/$defs/';
    for (const schema of schemas.inputs) this.add(schema, 'input');
    for (const schema of schemas.outputs) this.add(schema, 'output');
    this.findTwoFaced();
  }

  private add(schema: z.ZodType, side: Side): void {
    const { $schema: _, $defs, definitions, ...root } = toJsonSchema(schema, side, this.target.draft);
    this.roots[side].set(schema, root);
    for (const [id, definition] of Object.entries({
      ...(isObject($defs) && $defs),
      ...(isObject(definitions) && definitions),
    }))
      if (isObject(definition)) this.definitions[side].set(id, definition);
  }

  /** A component is two-faced if its two sides differ, or refer to one that is. */
  private findTwoFaced(): void {
    const { input, output } = this.definitions;
    for (const [id, schema] of input)
      if (output.has(id) && JSON.stringify(output.get(id)) !== JSON.stringify(schema)) this.twoFaced.add(id);
    for (let before = -1; before !== this.twoFaced.size; ) {
      before = this.twoFaced.size;
      for (const [id, schema] of input)
        if (output.has(id) && refsIn(schema).some((ref) => this.twoFaced.has(ref.slice(this.local.length))))
          this.twoFaced.add(id);
    }
  }

  private name(id: string, side: Side): string {
    return side === 'input' && this.twoFaced.has(id) ? `${id}Input` : id;
  }

  private placed(schema: JsonObject, side: Side): JsonObject {
    const moved = mapRefs(schema, (ref) => this.target.prefix + this.name(ref.slice(this.local.length), side));
    return isObject(moved) ? moved : {};
  }

  /** What stands in the document for a schema: a reference if it has an id, else the schema itself. */
  use(schema: z.ZodType, side: Side): JsonObject {
    const root = this.roots[side].get(schema);
    if (!root) throw new Error('this schema was not announced to the SchemaBook');
    return this.placed(root, side);
  }

  /** Every component, by name. */
  components(): JsonObject {
    const all: [string, JsonObject][] = [];
    for (const side of ['output', 'input'] as const)
      for (const [id, schema] of this.definitions[side]) all.push([this.name(id, side), this.placed(schema, side)]);
    return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function toJsonSchema(schema: z.ZodType, side: Side, draft: Target['draft']): JsonObject {
  return {
    ...z.toJSONSchema(schema, {
      io: side,
      target: draft === 'draft-07' ? 'draft-7' : 'draft-2020-12',
      override: ({ jsonSchema }) => {
        dropSafeIntegerBounds(jsonSchema);
        allowUnknownFields(jsonSchema);
      },
    }),
  };
}

/** For editors: completion, hints and red lines in `deploy/models/*.yaml`. Unlike a reader of events it refuses unknown keys. */
export function modelDefinitionSchema(): JsonObject {
  const schema = z.toJSONSchema(ModelDefinition, {
    io: 'input',
    target: 'draft-7',
    override: ({ jsonSchema }) => {
      dropSafeIntegerBounds(jsonSchema);
      if (jsonSchema.type === 'object' && jsonSchema.properties && jsonSchema.additionalProperties === undefined)
        jsonSchema.additionalProperties = false;
    },
  });
  return { title: 'Ratchet model definition', ...schema };
}
