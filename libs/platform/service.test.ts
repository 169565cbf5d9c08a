import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LIVENESS_CHECKS, READINESS_CHECKS } from './health.js';
import { createLogger } from './logging.js';
import { ProblemError, zodBody } from './problem.js';
import { RELEASE } from './release.js';
import { startService } from './service.js';

const Greeting = z.object({ name: z.string().min(1, 'expected a name'), times: z.int('expected a whole number') });
let broken: string | null = null;
let lost: string | null = null;
let never = false;

@Controller()
class Sample {
  @Get('/teapot')
  teapot(): never {
    throw new ProblemError(409, 'Conflict', 'already brewing');
  }

  @Get('/bug')
  bug(): never {
    throw new Error('secret detail');
  }

  @Post('/greet')
  greet(@Body(zodBody(Greeting)) body: z.infer<typeof Greeting>): string {
    return body.name.repeat(body.times);
  }
}

@Module({
  controllers: [Sample],
  providers: [
    {
      provide: READINESS_CHECKS,
      useValue: [{ name: 'database', check: () => (never ? new Promise<null>(() => {}) : broken) }],
    },
    { provide: LIVENESS_CHECKS, useValue: [{ name: 'consumer', check: () => lost }] },
  ],
})
class SampleModule {}

let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await startService({
    name: 'sample',
    module: SampleModule,
    operations: () => undefined,
    config: { HOST: '127.0.0.1', PORT: 0, REQUEST_TIMEOUT_MS: 30_000 },
    logger: createLogger('sample', 'silent'),
  });
  url = await app.getUrl();
});
afterAll(() => app.close());

describe('a service', () => {
  it('reports each readiness check by name', async () => {
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    broken = 'connection refused';
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: 'down',
      release: RELEASE,
      checks: [{ name: 'database', status: 'down', reason: 'connection refused' }],
      loops: [{ name: 'liveness', last_run: expect.any(String), last_failure: null }],
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('is not ready while a check does not come back', async () => {
    never = true;
    const response = await fetch(`${url}/health/ready`);
    never = false;
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      checks: [{ name: 'database', status: 'down', reason: 'no answer within 2.5 s' }],
    });
  });

  it('lives whatever is broken elsewhere, until only a new process would help', async () => {
    broken = 'connection refused';
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    lost = 'deaf for 130 s';
    const response = await fetch(`${url}/health/live`);
    lost = null;
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'down', reason: 'consumer: deaf for 130 s' });
  });

  it('answers with problem details', async () => {
    const conflict = await fetch(`${url}/teapot`);
    expect(conflict.headers.get('content-type')).toContain('application/problem+json');
    expect(await conflict.json()).toMatchObject({ status: 409, detail: 'already brewing' });
    expect(JSON.stringify(await (await fetch(`${url}/bug`)).json())).not.toContain('secret');
    expect(await (await fetch(`${url}/nowhere`)).json()).toMatchObject({ status: 404 });
    const malformed = await fetch(`${url}/v1/%zz`);
    expect(malformed.headers.get('content-type')).toContain('application/problem+json');
    expect(malformed.headers.get('cache-control')).toBe('no-store');
    expect(await malformed.json()).toMatchObject({ status: 400, title: 'Bad request' });
  });

  it('names the field that is wrong', async () => {
    const send = (body: string) =>
      fetch(`${url}/greet`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    expect(await (await send('{"name":"a","times":2}')).text()).toBe('aa');
    const wrong = await send('{"name":"","times":"x"}');
    expect(wrong.status).toBe(400);
    expect(await wrong.json()).toMatchObject({
      errors: [{ field: 'name', detail: 'expected a name' }, { field: 'times' }],
    });
    expect((await send('{')).status).toBe(400);
  });

  it('publishes metrics', async () => {
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_seconds_total');
  });
});
