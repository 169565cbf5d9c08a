import { readFileSync } from 'node:fs';
import type { ModelDefinition } from '#contracts/model-definition';
import type { RawRow } from '#contracts/model-package';

/** What came of one task. */
export interface StreamRow {
  readonly features: RawRow;
  /** The class of a plain stream. */
  readonly label: string | null;
  /** What was executed, and whether it succeeded, where there are actions. */
  readonly action: string | null;
  readonly success: boolean | null;
  readonly propensity: number | null;
}

/** What a learner is judged on. */
export interface Stream {
  readonly name: string;
  readonly definition: ModelDefinition;
  readonly rows: number;
  /** Rows from here on are of the new world; null where nothing changes. */
  readonly onset: number | null;
  /** The task with this number, done as `choose` says; plain streams do not ask. */
  row(number: number, choose: Choose | null): StreamRow;
  /** Rows of the world as it is at the end, that are in no stream. */
  readonly test: readonly StreamRow[];
}

/** Which action, with which probability it was chosen. */
export type Choose = (features: RawRow, number: number) => { readonly action: string; readonly propensity: number };

export function readPlain(path: string): StreamRow[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { features, label }: { features: RawRow; label: string } = JSON.parse(line);
      return { features, label, action: null, success: null, propensity: null };
    });
}

/** A minute lies between two rows. */
export const timeOf = (number: number): number => Date.UTC(2026, 0, 1) + number * 60_000;
