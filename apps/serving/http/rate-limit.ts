import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '#platform/problem';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';

/** A token bucket that holds one second's worth of requests. */
@Injectable()
export class RateLimit {
  /** What this process lets through; each of an instance's workers its part. */
  private readonly share: number;
  private tokens: number;
  private filledAt = performance.now();

  constructor(@Inject(SERVING_CONFIG) private readonly config: Pick<ServingConfig, 'RATE_LIMIT' | 'SERVING_WORKERS'>) {
    this.share = Math.ceil(config.RATE_LIMIT / config.SERVING_WORKERS);
    this.tokens = this.share;
  }

  /** Lets one request through, or throws a 429. */
  take(now = performance.now()): void {
    const { share } = this;
    if (share === 0) return;
    this.tokens = Math.min(share, this.tokens + ((now - this.filledAt) / 1000) * share);
    this.filledAt = now;
    if (this.tokens < 1)
      throw new ProblemError(
        429,
        'Too many requests',
        `This instance answers ${this.config.RATE_LIMIT} requests a second (RATE_LIMIT); ask again in a second, or ask another instance.`,
      );
    this.tokens -= 1;
  }
}
