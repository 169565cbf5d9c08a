import { DecideResponse } from '#contracts/http/serving';
import type { Logger } from '#platform/logging';
import type { Site } from '../truth/site.js';

/** An engine that waits longer than this for an answer is better off with its own rule. */
const TIMEOUT_MS = 2000;

export interface DecisionClientOptions {
  /** One address per serving instance. */
  readonly urls: readonly string[];
  /** Needed where serving listens on more than loopback. */
  readonly token: string | undefined;
  readonly logger: Logger;
}

/** Asks the serving instances in turn; when one does not answer, the next one is asked at once. */
export class DecisionClient {
  private turn = 0;
  private answering = true;

  constructor(private readonly options: DecisionClientOptions) {}

  /** The decision of whichever instance answers first in its turn; null when none does. */
  async decide(taskId: string, site: Site): Promise<DecideResponse | null> {
    const { urls, logger } = this.options;
    const first = this.turn++;
    let reason = '';
    for (let i = 0; i < urls.length; i++) {
      const url = urls[(first + i) % urls.length];
      try {
        const decision = await this.ask(`${url}/v1/decide`, { task_id: taskId, site });
        if (!this.answering) logger.info({ version: decision.model_version }, 'serving answers');
        this.answering = true;
        return decision;
      } catch (error) {
        reason = `${url}: ${error instanceof Error ? error.message : error}`;
      }
    }
    if (this.answering) logger.info({ reason }, 'no serving instance answers; going by the own rule');
    this.answering = false;
    return null;
  }

  private async ask(url: string, question: { task_id: string; site: Site }): Promise<DecideResponse> {
    const { token } = this.options;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`${response.status} ${(await response.text()).slice(0, 200)}`);
    return DecideResponse.parse(await response.json());
  }
}
