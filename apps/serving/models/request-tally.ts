import { Counter } from 'prom-client';

/** A count that a request raises without looking anything up. */
export interface Tally {
  value: number;
}

interface Entry extends Tally {
  readonly model: string;
  readonly version: string;
  readonly role: string;
}

const entries = new Map<string, Entry>();

new Counter({
  name: 'ratchet_serving_predictions_total',
  help: 'Rows that were answered, by the version and the role it had.',
  labelNames: ['model', 'version', 'role'],
  collect() {
    this.reset();
    for (const { model, version, role, value } of entries.values()) this.inc({ model, version, role }, value);
  },
});

/** The count of a version in a role; always the same one. */
export function tallyOf(model: string, version: string, role: 'live' | 'canary' | 'shadow' | 'warm'): Tally {
  const key = `${model} ${version} ${role}`;
  let entry = entries.get(key);
  if (entry === undefined) {
    entry = { model, version, role, value: 0 };
    entries.set(key, entry);
  }
  return entry;
}
