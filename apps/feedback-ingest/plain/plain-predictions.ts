import type { BinaryRows } from '#database/copy/binary-rows';
import { VERSION } from '#domain/feedback/prediction';
import type { FeedbackRules } from '#domain/feedback/rules';
import { NUMBER, PlainJson, TEXT } from '#domain/foreign/plain-json';
import { PlainValues } from './plain-values.js';

/** What a prediction says, by number; as in #domain/feedback/prediction. */
const NAME = {
  prediction_id: 0,
  model: 1,
  task_id: 2,
  predicted_at: 3,
  instance: 4,
  version: 5,
  generation: 6,
  role: 7,
  site: 8,
  decision: 9,
  probabilities: 10,
  propensity: 11,
} as const;
const NAMES = Object.keys(NAME);
const ROLES = [Buffer.from('live'), Buffer.from('canary'), Buffer.from('shadow')];

/** The same for predictions as PlainOutcomes for outcomes; the exact way is `readPrediction`. */
export class PlainPredictions {
  private readonly json = new PlainJson(NAMES);
  private readonly values = new PlainValues(this.json, NAMES.length);
  /** Versions are few, and each is looked at once. */
  private version = '';

  constructor(private readonly rules: FeedbackRules) {}

  /** The id of the prediction that was added last. */
  get predictionId(): string {
    return this.values.textOf(NAME.prediction_id).toLowerCase();
  }

  /** Its model. */
  get model(): string {
    return this.values.textOf(NAME.model);
  }

  /** Adds the row of a message; false, and nothing is added, if it is not certain what that would be. */
  add(message: Buffer, { storedAt, now }: { storedAt: number; now: number }, rows: BinaryRows): boolean {
    const { values } = this;
    if (!values.read(message) || !this.isPlain()) return false;
    const time = values.timeOf(NAME.predicted_at, now);
    if (time === null || Number.isNaN(time)) return false;

    rows.begin();
    values.writeUuid(rows, NAME.prediction_id);
    rows.bigint(0);
    values.writeText(rows, NAME.model);
    values.writeText(rows, NAME.task_id);
    rows.timestamptz(time);
    rows.timestamptz(storedAt);
    values.writeText(rows, NAME.instance);
    values.writeText(rows, NAME.version);
    rows.bigint(values.numberOf(NAME.generation));
    values.writeText(rows, NAME.role);
    values.writeText(rows, NAME.decision);
    rows.double(values.numberOf(NAME.propensity));
    values.writeObject(rows, NAME.probabilities);
    values.writeObject(rows, NAME.site);
    values.writeOthers(rows);
    return true;
  }

  private isPlain(): boolean {
    const { values } = this;
    return (
      values.typeOf(NAME.model) === TEXT &&
      values.isText(NAME.model) &&
      this.rules.has(values.textOf(NAME.model)) &&
      values.isUuid(NAME.prediction_id) &&
      values.isTaskId(NAME.task_id) &&
      values.isFilledText(NAME.instance) &&
      values.isFilledText(NAME.version) &&
      this.isVersion() &&
      values.isFilledText(NAME.decision) &&
      ROLES.some((role) => values.says(NAME.role, role)) &&
      values.isNumber(NAME.generation, 0, Number.MAX_SAFE_INTEGER) &&
      Number.isInteger(values.numberOf(NAME.generation)) &&
      values.isNumber(NAME.propensity, Number.MIN_VALUE, 1) &&
      values.isObject(NAME.site) &&
      values.isFilledObject(NAME.probabilities) &&
      this.areProbabilities()
    );
  }

  private isVersion(): boolean {
    const version = this.values.textOf(NAME.version);
    if (version !== this.version && !VERSION.test(version)) return false;
    this.version = version;
    return true;
  }

  private areProbabilities(): boolean {
    const { values } = this;
    const { inner } = this.json;
    for (let i = values.fromOf(NAME.probabilities); i < values.toOf(NAME.probabilities); i++) {
      const value = inner.number[i] ?? Number.NaN;
      if (inner.type[i] !== NUMBER || !(value >= 0 && value <= 1)) return false;
    }
    return true;
  }
}
