import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get, Header, Inject, Injectable, type OnModuleInit, Res } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { HEALTH_OPERATIONS } from '#contracts/http/health';
import type { LoopStatus } from './loop/loop.js';
import { Loops } from './loop/loops.js';
import { RELEASE } from './release.js';

/** One condition of being ready. */
export interface ReadinessCheck {
  readonly name: string;
  /** Worth knowing, but the service does its work without: reported as degraded, and it stays ready. */
  readonly advisory?: boolean;
  /** Null when fine, else the reason in a few words. */
  check(): Promise<string | null> | string | null;
}

/** Provide an array of {@link ReadinessCheck} under this key; without one, running is ready. */
export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

/**
 * Something that only a new process can mend. Must not fail for what is broken elsewhere: a restart mends no broker and no
 * database.
 */
export type LivenessCheck = Omit<ReadinessCheck, 'advisory'>;

/** Provide an array of {@link LivenessCheck} under this key; without one, a process lives while its loops do. */
export const LIVENESS_CHECKS = Symbol('LIVENESS_CHECKS');

/** What readiness tells besides, by its name there. */
export type ReadinessDetails = Readonly<Record<string, () => unknown>>;

/** Provide {@link ReadinessDetails} under this key. */
export const READINESS_DETAILS = Symbol('READINESS_DETAILS');

/** Provide a function of {@link MetricsText} under this key where the metrics of this process are not all there is to tell. */
export const METRICS_TEXT = Symbol('METRICS_TEXT');
export type MetricsText = () => Promise<string>;

interface CheckResult {
  readonly name: string;
  readonly status: 'up' | 'degraded' | 'down';
  readonly reason?: string;
}

/** A check that does not come back says so; probes of others give up after three seconds. */
const CHECK_MS = 2_500;

/** What a service says about itself. */
@Injectable()
export class Health implements OnModuleInit {
  private readinessChecks: readonly ReadinessCheck[] = [];
  private livenessChecks: readonly LivenessCheck[] = [];
  private told: ReadinessDetails = {};
  private measured: MetricsText = () => register.metrics();

  constructor(
    @Inject(ModuleRef) private readonly modules: ModuleRef,
    @Inject(Loops) private readonly loops: Loops,
  ) {}

  /** The checks may be provided by any module of the service. */
  onModuleInit(): void {
    this.readinessChecks = this.provided<readonly ReadinessCheck[]>(READINESS_CHECKS) ?? [];
    this.livenessChecks = this.provided<readonly LivenessCheck[]>(LIVENESS_CHECKS) ?? [];
    this.told = this.provided<ReadinessDetails>(READINESS_DETAILS) ?? {};
    this.measured = this.provided<MetricsText>(METRICS_TEXT) ?? this.measured;
  }

  /** In the text exposition format. */
  metrics(): Promise<string> {
    return this.measured();
  }

  readiness(): Promise<CheckResult[]> {
    return Promise.all(
      this.readinessChecks.map(async (check) => {
        const reason = await reasonOf(check, `no answer within ${CHECK_MS / 1000} s`);
        const status = reason === null ? 'up' : check.advisory ? 'degraded' : 'down';
        return { name: check.name, status, ...(reason === null ? {} : { reason }) } as const;
      }),
    );
  }

  details(): Record<string, unknown> {
    return Object.fromEntries(Object.entries(this.told).map(([name, tell]) => [name, tell()]));
  }

  /** Why only a new process will help; null while there is hope. */
  async lostBecause(): Promise<string | null> {
    for (const check of this.livenessChecks) {
      // Whoever cannot tell in time is not lost for certain.
      const reason = await reasonOf(check, null);
      if (reason !== null) return `${check.name}: ${reason}`;
    }
    const hanging = this.loops.status().find((loop) => loop.hanging);
    if (hanging === undefined) return null;
    // A step may wait for what is away; only where everything it needs is there is it lost.
    const waits = (await this.readiness()).some(({ status }) => status !== 'up');
    return waits
      ? null
      : `${hanging.name}: its step has been hanging for ${Math.round((hanging.runningMs ?? 0) / 1000)} s`;
  }

  private provided<T>(key: symbol): T | null {
    try {
      return this.modules.get<T>(key, { strict: false });
    } catch (error) {
      if (error instanceof UnknownElementException) return null;
      throw error;
    }
  }
}

async function reasonOf({ check }: LivenessCheck, late: string | null): Promise<string | null> {
  const giveUp = new AbortController();
  const patience = pause(CHECK_MS, late, { signal: giveUp.signal, ref: false });
  const answer = Promise.resolve()
    .then(check)
    .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
  const reason = await Promise.race([answer, patience.catch(() => null)]);
  giveUp.abort();
  return reason;
}

@Controller()
export class HealthController {
  constructor(
    @Inject(Health) private readonly health: Health,
    @Inject(Loops) private readonly loops: Loops,
  ) {}

  @Get(HEALTH_OPERATIONS.isLive.path)
  async live(@Res() reply: FastifyReply): Promise<void> {
    const reason = await this.health.lostBecause();
    reply.status(reason === null ? 200 : 503).send(reason === null ? { status: 'up' } : { status: 'down', reason });
  }

  @Get(HEALTH_OPERATIONS.isReady.path)
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const checks = await this.health.readiness();
    const up = checks.every(({ status }) => status !== 'down');
    const loops = this.loops.status().map(shown);
    reply
      .status(up ? 200 : 503)
      .send({ status: up ? 'up' : 'down', release: RELEASE, checks, loops, ...this.health.details() });
  }

  @Get(HEALTH_OPERATIONS.readMetrics.path)
  @Header('content-type', register.contentType)
  metrics(): Promise<string> {
    return this.health.metrics();
  }
}

/** A loop in the detail of readiness. */
const shown = ({ name, lastRun, lastFailure, runningMs, lateMs }: LoopStatus) => ({
  name,
  last_run: lastRun?.toISOString() ?? null,
  last_failure: lastFailure && { at: lastFailure.at.toISOString(), reason: lastFailure.reason },
  ...(runningMs === null ? {} : { running_seconds: runningMs / 1000 }),
  ...(lateMs === 0 ? {} : { late_seconds: lateMs / 1000 }),
});
