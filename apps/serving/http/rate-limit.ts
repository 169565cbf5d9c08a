import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '#platform/problem';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';

/** A token bucket that holds one second's worth of requests. */
@Injectable()
export class RateLimit {
  private tokens: number;
  private filledAt = performance.now();

  constructor(@Inject(SERVING_CONFIG) private readonly config: Pick<ServingConfig, 'RATE_LIMIT'>) {
    this.tokens = config.RATE_LIMIT;
  }

  /** Lets one request through, or throws a 429. */
  take(now = performance.now()): void {
    const limit = this.config.RATE_LIMIT;
    if (limit === 0) return;
    this.tokens = Math.min(limit, this.tokens + ((now - this.filledAt) / 1000) * limit);
    this.filledAt = now;
    if (this.tokens < 1)
      throw new ProblemError(
        429,
        'Too many requests',
        `This instance answers ${limit} requests a second (RATE_LIMIT); ask again in a second, or ask another instance.`,
      );
    this.tokens -= 1;
  }
}
