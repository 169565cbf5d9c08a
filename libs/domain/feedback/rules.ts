import type { Feature, ModelDefinition } from '#contracts/model-definition';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { KnownFeatures } from '../rows/known-features.js';
import { Rejected, shown } from './record.js';

/** What a model's definition says about its feedback. */
export interface ModelRules {
  readonly model: string;
  /** Spelling of the definition by lower-case name; the actions, or the classes of a multi-class model. */
  readonly answers: ReadonlyMap<string, string>;
  readonly expected: string;
  /** The field that holds the class; null for a model of actions and outcomes. */
  readonly labelField: string | null;
  readonly features: ReadonlyMap<string, Feature['kind']>;
  /** Features in the definition's spelling by lower-case name, for files whose columns are compared without case. */
  readonly spelling: ReadonlyMap<string, string>;
  /** What an event's features may be. */
  readonly known: KnownFeatures;
  /** Whether an event is refused for a feature that is not known, or of the wrong type. */
  readonly strict: boolean;
}

export type FeedbackRules = ReadonlyMap<string, ModelRules>;

export function rulesOf(definitions: Iterable<ModelDefinition>): FeedbackRules {
  const rules = new Map<string, ModelRules>();
  for (const definition of definitions) {
    const answers = definition.kind === 'action-outcome' ? definition.actions : definition.classes;
    rules.set(definition.name, {
      model: definition.name,
      answers: new Map(answers.map((answer) => [answer.toLowerCase(), answer])),
      expected: answers.join(', '),
      labelField: definition.kind === 'multi-class' ? definition.label : null,
      features: new Map(definition.features.map((feature) => [feature.name, feature.kind])),
      known: new KnownFeatures(definition),
      strict: definition.strict ?? false,
      spelling: new Map(definition.features.map(({ name }) => [name.toLowerCase(), name])),
    });
  }
  return rules;
}

/** The rules an event falls under; one that names no model belongs to the default. */
export function modelRules(rules: FeedbackRules, named: unknown, otherwise: string = DEFAULT_MODEL): ModelRules {
  const name = named ?? otherwise;
  const found = typeof name === 'string' ? rules.get(name) : undefined;
  if (found) return found;
  if (typeof name !== 'string') throw new Rejected('wrong-type', 'model', `expected a text, got ${shown(name)}`);
  throw new Rejected('unknown-model', 'model', `expected one of ${[...rules.keys()].join(', ')}; got ${shown(name)}`);
}

/** An action in the definition's spelling, whatever case it was written in. */
export function matchAction(rules: ModelRules, value: string, field: string): string {
  const action = rules.answers.get(value) ?? rules.answers.get(value.trim().toLowerCase());
  if (action === undefined)
    throw new Rejected('unknown-action', field, `expected one of ${rules.expected}; got ${shown(value)}`);
  return action;
}

/** A class in the definition's spelling. */
export function matchLabel(rules: ModelRules, value: string, field: string): string {
  const label = rules.answers.get(value) ?? rules.answers.get(value.trim().toLowerCase());
  if (label === undefined)
    throw new Rejected('unknown-label', field, `expected one of ${rules.expected}; got ${shown(value)}`);
  return label;
}
