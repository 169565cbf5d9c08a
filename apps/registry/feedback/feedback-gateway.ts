import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '#contracts/http/problem';
import { Stack } from '#contracts/stack';
import { ProblemError } from '#platform/problem';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';

const DEFAULT_ADDRESS = 'http://127.0.0.1:7420';
const PATIENCE_MS = 10_000;

/** Asks feedback-ingest in the name of whoever asked the registry, so that the console needs one address only. */
@Injectable()
export class FeedbackGateway {
  constructor(@Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig) {}

  /** The JSON that feedback-ingest answers; its problems are passed on, and 502 says that it does not answer. */
  async ask(method: 'GET' | 'POST', path: string, authorization: string, body?: unknown): Promise<unknown> {
    const address = await this.address();
    const response = await fetch(new URL(path, address), {
      method,
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => {
      throw new ProblemError(
        502,
        'feedback-ingest does not answer',
        `Nothing answers at ${address}. Start feedback-ingest, or set RATCHET_INGEST_URL to where it is.`,
      );
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    const problem = Problem.safeParse(answer);
    throw problem.success
      ? new ProblemError(response.status, problem.data.title, problem.data.detail, problem.data.errors)
      : new ProblemError(502, 'Unexpected answer', `feedback-ingest at ${address} answered ${response.status}.`);
  }

  private async address(): Promise<string> {
    if (this.config.RATCHET_INGEST_URL !== undefined) return this.config.RATCHET_INGEST_URL;
    try {
      const file = await readFile(join(this.config.RATCHET_HOME, 'stack.json'), 'utf8');
      return Stack.parse(JSON.parse(file)).feedback_ingest;
    } catch {
      return DEFAULT_ADDRESS;
    }
  }
}
