import { Inject, Injectable } from '@nestjs/common';
import type { CollectionRequest, ImportProgress } from '#contracts/http/ingest';
import { DEFAULT_MODEL } from '#contracts/primitives';
import type { Logger } from '#platform/logging';
import { ProblemError } from '#platform/problem';
import { INGEST_CONFIG, type IngestConfig } from '../config.js';
import { type Entry, objectEntry } from '../imports/entries.js';
import { Importer } from '../imports/import-file.js';
import { LOGGER } from '../keys.js';
import { CollectionError, HistoricalApi } from './historical-api.js';
import { fetchWindow, isInside, windowOf } from './window.js';

/** Collects from the historical API what a window of days holds. */
@Injectable()
export class Collector {
  constructor(
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
    @Inject(Importer) private readonly importer: Importer,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws ProblemError when no API is set up or the model is unknown. */
  collect(request: CollectionRequest, actor: string): AsyncGenerator<ImportProgress> {
    const { HISTORICAL_API_URL: url, HISTORICAL_API_TOKEN: token } = this.config;
    if (url === undefined)
      throw new ProblemError(
        409,
        'No historical API',
        'HISTORICAL_API_URL is not set for feedback-ingest; set it (and HISTORICAL_API_TOKEN) and start it again.',
      );
    const model = request.model ?? DEFAULT_MODEL;
    this.importer.assertModel(model);
    const api = new HistoricalApi({ url, token, logger: this.logger });
    return this.importer.progress({
      source: 'historical-api',
      name: `historical API, last ${request.since_days} days`,
      kind: 'historical',
      model,
      actor,
      bytesTotal: null,
      bytesRead: () => 0,
      entries: entriesSince(api, request.since_days, Date.now()),
    });
  }
}

async function* entriesSince(api: HistoricalApi, sinceDays: number, now: number): AsyncGenerator<Entry> {
  const window = windowOf(now, sinceDays);
  const { records, gap } = await fetchWindow((minDate, limit) => api.fetchSince(minDate, limit), window);
  let number = 0;
  for (const record of records) if (isInside(window, record)) yield objectEntry(++number, record);
  // Everything that could be had is stored by the time this is told.
  if (gap !== null) throw new CollectionError(gap);
}
