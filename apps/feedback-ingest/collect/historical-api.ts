import { z } from 'zod';
import type { Logger } from '#platform/logging';

const PATH = '/api/ml/historical-data';
const ATTEMPTS = 7;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** Of a reply; 256,000 records, the most that is asked for, take about half of it. */
export const LARGEST_REPLY_BYTES = 256 * 1024 * 1024;

const Reply = z.looseObject({
  count: z.coerce.number().int().min(0).optional(),
  data: z.array(z.record(z.string(), z.unknown())),
});

export type HistoricalRecord = z.infer<typeof Reply>['data'][number];

/** The API refuses, and asking again would not help. */
export class CollectionError extends Error {
  override readonly name = 'CollectionError';
}

/** Worth another attempt; after the pause the server asked for, if it did. */
class Temporary extends Error {
  constructor(
    message: string,
    readonly pauseMs: number | null = null,
  ) {
    super(message);
  }
}

export interface ApiSettings {
  readonly url: string;
  readonly token: string | undefined;
  readonly logger: Logger;
  /** Waits so many milliseconds; tests wait less. */
  readonly sleep?: (ms: number) => Promise<void>;
  readonly timeoutMs?: number;
  /** A longer reply is not read to its end. */
  readonly largestReplyBytes?: number;
}

const sleepFor = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds or an HTTP date; null where the header says neither. */
export function retryAfterMs(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), LONGEST_PAUSE_MS) : null;
}

/** The engine's API of past outcomes: newest first, at most `limit`, no cursor. */
export class HistoricalApi {
  constructor(private readonly settings: ApiSettings) {}

  /**
   * The newest records since the beginning of a day in UTC. Time-outs, cut connections, 429 and 5xx are tried again
   * with growing pauses. Throws CollectionError when the API refuses or does not recover.
   */
  async fetchSince(minDate: string, limit: number): Promise<HistoricalRecord[]> {
    const { logger, sleep = sleepFor } = this.settings;
    let pause = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(minDate, limit);
      } catch (error) {
        if (!(error instanceof Temporary)) throw error;
        if (attempt === ATTEMPTS)
          throw new CollectionError(`the historical API did not answer in ${ATTEMPTS} attempts: ${error.message}`);
        const wait = error.pauseMs ?? pause;
        logger.warn({ attempt, retry_in_ms: wait, limit, reason: error.message }, 'the historical API failed');
        await sleep(wait);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  private async attempt(minDate: string, limit: number): Promise<HistoricalRecord[]> {
    const url = new URL(this.settings.url);
    if (!url.pathname.endsWith(PATH)) url.pathname = url.pathname.replace(/\/$/, '') + PATH;
    url.searchParams.set('limit', String(limit));
    url.searchParams.set('min_date', minDate);
    let response: Response;
    let body: string;
    try {
      response = await fetch(url, {
        headers: { accept: 'application/json', 'x-api-token': this.settings.token ?? '' },
        // Whoever the API sends us to is not meant to learn the token.
        redirect: 'manual',
        signal: AbortSignal.timeout(this.settings.timeoutMs ?? REQUEST_TIMEOUT_MS),
      });
      body = await this.bodyOf(response);
    } catch (error) {
      if (error instanceof CollectionError) throw error;
      throw new Temporary(describe(error));
    }
    if (response.status >= 300 && response.status < 400)
      throw new CollectionError(
        `the historical API redirects to ${response.headers.get('location') ?? 'nowhere'}, where its token is not sent; set HISTORICAL_API_URL to the address that answers`,
      );
    if (response.ok) return this.parse(body);
    const said = body.trim().slice(0, 200);
    if (response.status === 401 || response.status === 403)
      throw new CollectionError(
        `the historical API refused the token (${response.status}: ${said}); set HISTORICAL_API_TOKEN to one it knows`,
      );
    if (response.status === 429 || response.status >= 500)
      throw new Temporary(`${response.status} ${said}`, retryAfterMs(response.headers.get('retry-after'), Date.now()));
    throw new CollectionError(
      `the historical API answered ${response.status} to ${url.pathname}${url.search}: ${said}`,
    );
  }

  private async bodyOf(response: Response): Promise<string> {
    const most = this.settings.largestReplyBytes ?? LARGEST_REPLY_BYTES;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += chunk.byteLength;
      // Leaving the loop closes the connection.
      if (bytes > most)
        throw new CollectionError(
          `the historical API answers with more than ${Math.floor(most / 1024 / 1024)} MiB, which is the most that is read; collect fewer days at a time`,
        );
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  private parse(body: string): HistoricalRecord[] {
    let json: unknown;
    try {
      json = JSON.parse(body);
    } catch {
      // A proxy that was cut off ends the reply in the middle and still closes the connection properly.
      throw new Temporary(`the reply of ${body.length} characters is not JSON, it may have been cut off`);
    }
    const reply = Reply.safeParse(json);
    if (!reply.success)
      throw new CollectionError(
        `the historical API answered in a form not known here: ${reply.error.issues[0]?.path.join('.')}: ${reply.error.issues[0]?.message}`,
      );
    const { count, data } = reply.data;
    if (count !== undefined && count !== data.length)
      throw new Temporary(`the reply says it has ${count} records and has ${data.length}`);
    return data;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`;
}
