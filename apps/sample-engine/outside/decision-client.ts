import type { DecideResponse } from '#contracts/http/serving';
import { connect } from '#http/client/node';
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
      const url = urls[(first + i) % urls.length] ?? '';
      try {
        const decision = await this.ask(url, taskId, site);
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

  private ask(url: string, taskId: string, site: Site): Promise<DecideResponse> {
    const { token = null } = this.options;
    const client = connect('serving', { name: 'serving', url, token });
    return client.call('decide', { body: { task_id: taskId, site: { ...site } } }, AbortSignal.timeout(TIMEOUT_MS));
  }
}
