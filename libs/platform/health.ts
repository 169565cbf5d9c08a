import { Controller, Get, Header, Inject, type OnModuleInit, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { RELEASE } from './release.js';

/** One condition of being ready. */
export interface ReadinessCheck {
  readonly name: string;
  /** Worth knowing, but the service does its work without: reported as degraded, and it stays ready. */
  readonly advisory?: boolean;
  /** Null when fine, else the reason in a few words. */
  check(): Promise<string | null> | string | null;
}

/** Provide an array of {@link ReadinessCheck} under this token; without one, running is ready. */
export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

@Controller()
export class HealthController implements OnModuleInit {
  private checks: readonly ReadinessCheck[] = [];

  constructor(@Inject(ModuleRef) private readonly modules: ModuleRef) {}

  /** The checks may be provided by any module of the service. */
  onModuleInit(): void {
    try {
      this.checks = this.modules.get<readonly ReadinessCheck[]>(READINESS_CHECKS, { strict: false });
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'UnknownElementException') throw error;
    }
  }

  @Get('/health/live')
  live(): { status: 'up' } {
    return { status: 'up' };
  }

  @Get('/health/ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const results = await Promise.all(
      this.checks.map(async ({ name, advisory = false, check }) => {
        const reason = await Promise.resolve()
          .then(check)
          .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
        const status = reason === null ? 'up' : advisory ? 'degraded' : 'down';
        return { name, status, ...(reason === null ? {} : { reason }) };
      }),
    );
    const up = results.every((result) => result.status !== 'down');
    reply.status(up ? 200 : 503).send({ status: up ? 'up' : 'down', release: RELEASE, checks: results });
  }

  @Get('/metrics')
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return register.metrics();
  }
}
