import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { Stack } from '#contracts/stack';
import { type CallError, Refused, UnknownForm } from '#http/client/errors';
import { connect, type NodeClient } from '#http/client/node';
import { bearerToken } from '#platform/auth/auth';
import { ProblemError } from '#platform/problem';
import { REGISTRY_CONFIG, type RegistryConfig } from '../config.js';

const DEFAULT_ADDRESS = 'http://127.0.0.1:7420';
const PATIENCE_MS = 10_000;

/** Asks feedback-ingest in the name of whoever asked the registry, so that the console needs one address only. */
@Injectable()
export class FeedbackGateway {
  constructor(@Inject(REGISTRY_CONFIG) private readonly config: RegistryConfig) {}

  /** feedback-ingest, called with the caller's own token; its problems are passed on, and a 502 says that it does not answer. */
  async as(authorization: string | undefined, patienceMs = PATIENCE_MS): Promise<NodeClient<'feedback-ingest'>> {
    const url = await this.address();
    return connect('feedback-ingest', {
      name: `feedback-ingest at ${url}`,
      url,
      token: bearerToken(authorization),
      patienceMs,
      failure: (error) => passOn(error, url),
    });
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

function passOn(error: CallError, url: string): ProblemError {
  if (error instanceof UnknownForm) return new ProblemError(502, 'Unexpected answer', error.message);
  if (!(error instanceof Refused))
    return new ProblemError(
      502,
      'feedback-ingest does not answer',
      `Nothing answers at ${url}. Start feedback-ingest, or set RATCHET_INGEST_URL to where it is.`,
    );
  const { status, problem } = error;
  return problem === null
    ? new ProblemError(502, 'Unexpected answer', `feedback-ingest at ${url} answered ${status}.`)
    : new ProblemError(status, problem.title, problem.detail, problem.errors);
}
