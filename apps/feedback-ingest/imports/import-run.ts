import type { FeatureTally, ImportCounts, ImportProgress } from '#contracts/http/ingest';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { classifyFailure } from '#domain/failures/classify';
import { contentId, ID_SPACES } from '#domain/feedback/event-id';
import { readFeedback } from '#domain/feedback/read';
import { type FeedbackKind, type FeedbackRecord, Rejected } from '#domain/feedback/record';
import type { FeedbackRules } from '#domain/feedback/rules';
import type { FeatureProblem } from '#domain/rows/known-features';
import type { FeedbackStore } from '../storage/store.js';
import type { Entry } from './entries.js';

type Rejection = ImportProgress['rejections'][number];

/** Entries stored in one transaction. */
const ENTRIES_AT_ONCE = 5_000;
/** A line of progress at least this often … */
const PROGRESS_MS = 500;
/** … and before more rejections than this are held. */
const REJECTIONS_AT_ONCE = 1_000;

/** Different features that a report names at most. */
const FEATURES_TOLD = 50;

export interface ImportSource {
  readonly kind: FeedbackKind;
  readonly model: string;
}

interface Numbered {
  readonly line: number;
  readonly record: FeedbackRecord;
}

type Stored = Awaited<ReturnType<FeedbackStore['storeImported']>>;

/** Where an import is. */
export interface ImportStep {
  readonly counts: ImportCounts;
  /** Since the step before. */
  readonly rejections: Rejection[];
  /** Features that counted as missing so far; left out where there is none. */
  readonly features?: FeatureTally[];
}

export const emptyCounts = (): ImportCounts => ({
  read: 0,
  taken: 0,
  folded: 0,
  duplicate: 0,
  rejected: 0,
  rejected_by_reason: {},
});

/**
 * Stores entries a few thousand at a time and tells how far it is. The ids come from the content, so an import that was
 * cut off can simply run again.
 */
export class ImportRun {
  private readonly counts = emptyCounts();
  private readonly idSpace: string;
  private readonly features = new Map<string, FeatureTally>();
  private rejections: Rejection[] = [];

  constructor(
    private readonly store: Pick<FeedbackStore, 'storeImported'>,
    private readonly rules: FeedbackRules,
    private readonly source: ImportSource,
    private readonly clock: () => number = Date.now,
  ) {
    // A log without models is, for another model, another log.
    const space = ID_SPACES[source.kind];
    this.idSpace = source.model === DEFAULT_MODEL ? space : `${space}@${source.model}`;
  }

  /** Yields after some of the transactions, and at the end. */
  async *run(entries: AsyncIterable<Entry>): AsyncGenerator<ImportStep> {
    let batch: Entry[] = [];
    let lastStep = this.clock();
    try {
      for await (const entry of entries) {
        batch.push(entry);
        if (batch.length < ENTRIES_AT_ONCE) continue;
        const full = batch;
        batch = [];
        await this.storeEntries(full);
        if (this.clock() - lastStep < PROGRESS_MS && this.rejections.length < REJECTIONS_AT_ONCE) continue;
        lastStep = this.clock();
        yield this.step();
      }
    } finally {
      // When the source breaks off, what it gave is not lost.
      if (batch.length > 0) await this.storeEntries(batch);
    }
    yield this.step();
  }

  /** The counts so far, also after an error. */
  step(): ImportStep {
    const { rejections } = this;
    this.rejections = [];
    return {
      counts: { ...this.counts, rejected_by_reason: { ...this.counts.rejected_by_reason } },
      rejections,
      ...(this.features.size > 0 && { features: [...this.features.values()].map((each) => ({ ...each })) }),
    };
  }

  private noteFeature({ feature, problem, closest, detail }: FeatureProblem): void {
    const key = `${problem} ${feature}`;
    const known = this.features.get(key);
    if (known) known.rows++;
    else if (this.features.size < FEATURES_TOLD) this.features.set(key, { feature, problem, rows: 1, closest, detail });
  }

  private async storeEntries(entries: readonly Entry[]): Promise<void> {
    const now = this.clock() * 1000;
    const events: Numbered[] = [];
    const rejections: Rejection[] = [];
    for (const entry of entries) {
      try {
        events.push({ line: entry.line, record: this.readEntry(entry, now) });
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        const { reason, field, detail } = error;
        rejections.push({ line: entry.line, reason, field, detail });
      }
    }
    const { taken, folded, duplicates } = await this.storeEvents(events, now, rejections);
    const { counts } = this;
    counts.read += entries.length;
    counts.taken += taken;
    counts.folded += folded;
    counts.duplicate += duplicates;
    counts.rejected += rejections.length;
    for (const { reason } of rejections)
      counts.rejected_by_reason[reason] = (counts.rejected_by_reason[reason] ?? 0) + 1;
    // The report reads the file along, line by line.
    this.rejections.push(...rejections.toSorted((a, b) => a.line - b.line));
  }

  /** Where Postgres refuses what is in one of them, in halves, until that one stands alone and is rejected. */
  private async storeEvents(events: readonly Numbered[], now: number, rejections: Rejection[]): Promise<Stored> {
    try {
      return await this.store.storeImported(
        events.map(({ record }) => record),
        now,
      );
    } catch (error) {
      const [first] = events;
      if (first === undefined || classifyFailure(error) === 'temporary') throw error;
      if (events.length === 1) {
        const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
        rejections.push({ line: first.line, reason: 'failed', field: null, detail });
        return { taken: 0, folded: 0, duplicates: 0 };
      }
      const middle = events.length >> 1;
      const one = await this.storeEvents(events.slice(0, middle), now, rejections);
      const other = await this.storeEvents(events.slice(middle), now + middle, rejections);
      return {
        taken: one.taken + other.taken,
        folded: one.folded + other.folded,
        duplicates: one.duplicates + other.duplicates,
      };
    }
  }

  private readEntry(entry: Entry, now: number): FeedbackRecord {
    const { fields, identity } = entry.read();
    const eventId = contentId(this.idSpace, identity);
    return readFeedback(this.source.kind, fields, {
      eventId,
      rules: this.rules,
      model: this.source.model,
      receivedAt: now,
      now,
      onFeature: (_, problem) => this.noteFeature(problem),
    });
  }
}
