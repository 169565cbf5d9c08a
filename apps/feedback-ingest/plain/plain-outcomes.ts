import { DEFAULT_MODEL } from '#contracts/primitives';
import type { BinaryRows } from '#database/copy/binary-rows';
import { contentIdBytes, ID_SPACES } from '#domain/feedback/event-id';
import type { FeedbackRules, ModelRules } from '#domain/feedback/rules';
import { PlainJson } from '#domain/foreign/plain-json';
import { PlainRules } from './plain-rules.js';
import { PlainValues } from './plain-values.js';

/** What an outcome may say, by number; as in #domain/feedback/automation. */
const NAME = {
  model: 0,
  timestamp: 1,
  task_id: 2,
  domain: 3,
  action_attempted: 4,
  result: 5,
  failure_reason: 6,
  execution_time: 7,
  retry_count: 8,
  prediction_id: 9,
  model_version: 10,
  features: 11,
  site: 12,
} as const;
const NAMES = Object.keys(NAME);
const KIND = Buffer.from('automation');
const RESULTS = [Buffer.from('success'), Buffer.from('failed')];
const NO_DOMAIN = Buffer.from('unknown');
const DOMAIN = Buffer.from('"domain":"');
const FROM_EVENT = Buffer.from('event');
const FROM_RECEIPT = Buffer.from('received');
const [OPEN, CLOSE, COMMA, QUOTE] = [0x7b, 0x7d, 0x2c, 0x22];

/** When a message was received, microseconds since 1970. */
export interface Receipt {
  /** By Kafka. */
  readonly receivedAt: number;
  /** Here. */
  readonly storedAt: number;
  readonly now: number;
}

/**
 * Reads outcomes of the usual shape from their bytes into rows, without an object or a text in between. Says of all others that
 * `readAutomation` has to look at them: the rows of both are the same, byte for byte.
 */
export class PlainOutcomes {
  private readonly json = new PlainJson(NAMES);
  private readonly values = new PlainValues(this.json, NAMES.length);
  private readonly known = new WeakMap<ModelRules, PlainRules>();
  private found: { readonly rules: ModelRules; readonly plain: PlainRules } | null = null;

  constructor(private readonly rules: FeedbackRules) {}

  /** Which decision the outcome that was added last belongs to. */
  get predictionId(): string | null {
    return this.values.isMissing(NAME.prediction_id) ? null : this.values.textOf(NAME.prediction_id).toLowerCase();
  }

  /** The model of the outcome that was added last. */
  get model(): string {
    return this.found?.rules.model ?? '';
  }

  /**
   * Adds the row of a message; false, and nothing is added, if it is not certain what that would be.
   *
   * @param id that the engine gave; null where it is made from the message
   */
  add(message: Buffer, { receivedAt, storedAt, now }: Receipt, rows: BinaryRows, id: string | null): boolean {
    const { values } = this;
    if (!values.read(message)) return false;
    const found = this.rulesOf();
    if (found === null) return false;
    const { plain } = found;
    const action = plain.answers.find((answer) => values.says(NAME.action_attempted, answer));
    const result = RESULTS.find((word) => values.says(NAME.result, word));
    if (action === undefined || result === undefined) return false;
    const time = values.timeOf(NAME.timestamp, now);
    if (Number.isNaN(time) || !this.isPlain(plain)) return false;

    rows.begin();
    if (id === null) rows.uuidBytes(contentIdBytes(ID_SPACES.automation, message));
    else rows.uuid(id);
    rows.bigint(0);
    rows.utf8(plain.model, 0, plain.model.length);
    rows.utf8(KIND, 0, KIND.length);
    values.writeText(rows, NAME.task_id);
    rows.timestamptz(time ?? receivedAt);
    const source = time === null ? FROM_RECEIPT : FROM_EVENT;
    rows.utf8(source, 0, source.length);
    rows.timestamptz(storedAt);
    rows.utf8(action, 0, action.length);
    rows.utf8(result, 0, result.length);
    rows.null();
    this.writeFeatures(rows);
    values.writeText(rows, NAME.failure_reason);
    rows.double(values.isMissing(NAME.execution_time) ? null : values.numberOf(NAME.execution_time));
    rows.integer(values.isMissing(NAME.retry_count) ? null : values.numberOf(NAME.retry_count));
    values.writeUuid(rows, NAME.prediction_id);
    values.writeText(rows, NAME.model_version);
    values.writeOthers(rows);
    return true;
  }

  /** Null for a model that is not known, or has classes instead of actions. */
  private rulesOf(): { readonly rules: ModelRules; readonly plain: PlainRules } | null {
    const { values, known } = this;
    if (!values.isText(NAME.model)) return null;
    const rules = this.rules.get(values.isMissing(NAME.model) ? DEFAULT_MODEL : values.textOf(NAME.model));
    if (rules === undefined || rules.labelField !== null) return null;
    if (this.found?.rules === rules) return this.found;
    const plain = known.get(rules) ?? new PlainRules(rules, this.json.names);
    known.set(rules, plain);
    this.found = { rules, plain };
    return this.found;
  }

  private isPlain(plain: PlainRules): boolean {
    const { values } = this;
    return (
      values.isTaskId(NAME.task_id) &&
      values.isText(NAME.domain) &&
      values.isText(NAME.failure_reason) &&
      values.isText(NAME.model_version) &&
      (values.isMissing(NAME.execution_time) || values.isNumber(NAME.execution_time, 0, Number.MAX_VALUE)) &&
      values.isCount(NAME.retry_count) &&
      (values.isMissing(NAME.prediction_id) || values.isUuid(NAME.prediction_id)) &&
      values.isObject(NAME.features) &&
      values.isObject(NAME.site) &&
      this.featuresFit(plain)
    );
  }

  private featuresFit(plain: PlainRules): boolean {
    const { values } = this;
    const features = this.featuresName();
    if (features === null) return true;
    // Two that may say different things, and a domain that would stand twice, are for the exact way.
    if (features === NAME.features && values.isFilledObject(NAME.site)) return false;
    const [from, to] = [values.fromOf(features), values.toOf(features)];
    const { inner } = this.json;
    if (this.hasDomain()) for (let i = from; i < to; i++) if (inner.name[i] === NAME.domain) return false;
    return plain.fits(values.bytes, inner, from, to);
  }

  private featuresName(): number | null {
    if (this.values.isFilledObject(NAME.features)) return NAME.features;
    return this.values.isFilledObject(NAME.site) ? NAME.site : null;
  }

  private hasDomain(): boolean {
    const { values } = this;
    return (
      !values.isMissing(NAME.domain) &&
      values.toOf(NAME.domain) > values.fromOf(NAME.domain) &&
      !values.says(NAME.domain, NO_DOMAIN)
    );
  }

  /** The domain in front of the features, as withDomain has it. */
  private writeFeatures(rows: BinaryRows): void {
    const { values } = this;
    const features = this.featuresName();
    const hasDomain = this.hasDomain();
    if (features === null && !hasDomain) {
      rows.null();
      return;
    }
    const start = rows.beginText();
    rows.appendByte(OPEN);
    if (hasDomain) {
      rows.append(DOMAIN, 0, DOMAIN.length);
      rows.append(values.bytes, values.fromOf(NAME.domain), values.toOf(NAME.domain));
      rows.appendByte(QUOTE);
      if (features !== null) rows.appendByte(COMMA);
    }
    if (features !== null) values.appendInner(rows, values.fromOf(features), values.toOf(features));
    rows.appendByte(CLOSE);
    rows.endText(start);
  }
}
