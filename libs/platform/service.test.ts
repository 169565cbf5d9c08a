import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AuthGuard, RequiresRole, TOKEN_VERIFIER, type TokenVerifier } from './auth/auth.js';
import { READINESS_CHECKS } from './health.js';
import { createLogger } from './logging.js';
import { ProblemError, zodBody } from './problem.js';
import { RELEASE } from './release.js';
import { startService } from './service.js';

const Greeting = z.object({ name: z.string().min(1, 'expected a name'), times: z.int('expected a whole number') });
let broken: string | null = null;

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

  @Get('/guarded')
  @RequiresRole('operator')
  guarded(): string {
    return 'inside';
  }
}

const verifier: TokenVerifier = {
  verify: async (token) =>
    token === 'op' ? { name: 'op', role: 'operator' } : token === 'view' ? { name: 'view', role: 'viewer' } : null,
};

@Module({
  controllers: [Sample],
  providers: [
    AuthGuard,
    { provide: TOKEN_VERIFIER, useValue: verifier },
    { provide: READINESS_CHECKS, useValue: [{ name: 'database', check: () => broken }] },
  ],
})
class SampleModule {}

let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await startService({
    name: 'sample',
    module: SampleModule,
    config: { HOST: '127.0.0.1', PORT: 0 },
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
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('answers with problem details', async () => {
    const conflict = await fetch(`${url}/teapot`);
    expect(conflict.headers.get('content-type')).toContain('application/problem+json');
    expect(await conflict.json()).toMatchObject({ status: 409, detail: 'already brewing' });
    expect(JSON.stringify(await (await fetch(`${url}/bug`)).json())).not.toContain('secret');
    expect(await (await fetch(`${url}/nowhere`)).json()).toMatchObject({ status: 404 });
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

  it('lets nobody in without the role', async () => {
    const get = (token?: string) =>
      fetch(`${url}/guarded`, token ? { headers: { authorization: `Bearer ${token}` } } : {});
    expect((await get()).status).toBe(401);
    expect((await get('guess')).status).toBe(401);
    expect((await get('view')).status).toBe(403);
    expect(await (await get('op')).text()).toBe('inside');
  });

  it('publishes metrics', async () => {
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('process_cpu_seconds_total');
  });
});
