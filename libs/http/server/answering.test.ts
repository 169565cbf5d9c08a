import { Controller, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { defineOperations } from '#contracts/http/operation';
import { TOKEN_VERIFIER, type TokenVerifier } from '#platform/auth/auth';
import { createLogger } from '#platform/logging';
import { ProblemFilter } from '#platform/problem';
import { answering, answeringTable } from './answering.js';
import type { InputOf } from './input.js';
import { type Input, Operation, operationsOf } from './operation.js';

const shared = { tag: 'greetings', summary: 'A test.' } as const;

const TABLE = defineOperations({
  greet: {
    ...shared,
    method: 'POST',
    path: '/v1/people/{name}/greetings',
    access: 'operator',
    params: z.object({ name: z.string().min(2, 'expected two letters') }),
    query: z.object({ times: z.coerce.number<number>().int().default(1) }),
    body: { description: 'How.', schema: z.object({ words: z.string() }), optional: true },
    replies: [{ status: 201, description: 'Said.', schema: z.object({ said: z.string() }) }],
  },
  listGreetings: {
    ...shared,
    method: 'GET',
    path: '/v1/greetings',
    access: 'none',
    replies: [{ status: 200, description: 'All.', schema: z.array(z.string()) }],
  },
});
const Answers = operationsOf(TABLE);

@Controller()
class Greetings {
  @Answers('greet')
  greet({ params, query, body, principal }: InputOf<typeof TABLE.greet>): { said: string } {
    return { said: `${principal.name}: ${body.words} ${params.name}`.repeat(query.times) };
  }
}

@Controller()
class Lists {
  @Answers('listGreetings')
  list(): string[] {
    return ['hello'];
  }
}

@Controller()
class OtherLists {
  @Answers('listGreetings')
  again(): string[] {
    return [];
  }
}

const verifier: TokenVerifier = {
  verify: async (token) =>
    token === 'op' ? { name: 'op', role: 'operator' } : token === 'view' ? { name: 'view', role: 'viewer' } : null,
};

let app: NestFastifyApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** A service that answers with these controllers; its address. */
async function start(controllers: Type[], hold = answeringTable('greeter', TABLE)): Promise<string> {
  @Module({ controllers, providers: [{ provide: TOKEN_VERIFIER, useValue: verifier }] })
  class Service {}
  app = await NestFactory.create<NestFastifyApplication>(Service, new FastifyAdapter(), {
    logger: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(createLogger('greeter', 'silent')));
  hold(app);
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
}

describe('a service', () => {
  it('does not start without a handler for each of its operations', async () => {
    await expect(start([Greetings])).rejects.toThrow(
      `greeter has no handler for the operation "listGreetings" (GET /v1/greetings). Write a controller method with @Operation('listGreetings')`,
    );
    await expect(start([])).rejects.toThrow(/"greet" \(POST .*"listGreetings" \(GET/);
  });

  it('does not start with two handlers for an operation', async () => {
    await expect(start([Greetings, Lists, OtherLists])).rejects.toThrow(
      'greeter has two handlers for the operation "listGreetings" (GET /v1/greetings). Remove one of them.',
    );
  });

  it("does not start with a handler for what is none of its operations, another service's included", async () => {
    @Controller()
    class Strange {
      @Operation('listRuns')
      list(): [] {
        return [];
      }
    }
    await expect(start([Greetings, Lists, Strange])).rejects.toThrow(
      /greeter has a handler for GET \/v1\/runs, which is none of its operations\. Describe it .* or remove the handler\./,
    );
  });

  it.each(['registry', 'serving', 'feedback-ingest', 'trainer'] as const)(
    'of ours, %s, is held to its table',
    async (name) => {
      await expect(start([], answering(name))).rejects.toThrow(/has no handler for the operations .*"isLive"/);
    },
  );

  it('starts when each operation has one, and answers as the table says', async () => {
    const url = await start([Greetings, Lists]);
    const list = await fetch(`${url}/v1/greetings`);
    expect(await list.json()).toEqual(['hello']);
    expect(list.headers.get('x-content-type-options')).toBe('nosniff');
    expect(list.headers.get('cache-control')).toBe('no-store');
    const said = await fetch(`${url}/v1/people/ann/greetings?times=2`, {
      method: 'POST',
      headers: { authorization: 'Bearer op', 'content-type': 'application/json' },
      body: '{"words":"good day,"}',
    });
    expect(said.status).toBe(201);
    expect(await said.json()).toEqual({ said: 'op: good day, annop: good day, ann' });
  });

  it('names each field at fault', async () => {
    const url = await start([Greetings, Lists]);
    const wrong = async (path: string, body: string): Promise<unknown> => {
      const response = await fetch(url + path, {
        method: 'POST',
        headers: { authorization: 'Bearer op', 'content-type': 'application/json' },
        body,
      });
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      return response.json();
    };
    expect(await wrong('/v1/people/a/greetings', '{"words":"x"}')).toMatchObject({
      status: 400,
      errors: [{ field: 'name', detail: 'expected two letters' }],
    });
    expect(await wrong('/v1/people/ann/greetings?times=x', '{"words":"x"}')).toMatchObject({
      errors: [{ field: 'times' }],
    });
    expect(await wrong('/v1/people/ann/greetings', '{}')).toMatchObject({ errors: [{ field: 'words' }] });
  });

  it('lets nobody in without the role, before anything of the body is read', async () => {
    const url = await start([Greetings, Lists]);
    const post = (token: string | null, body: string) =>
      fetch(`${url}/v1/people/ann/greetings`, {
        method: 'POST',
        headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
        body,
      });
    const refused = await post(null, 'not json');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    expect((await post('guess', 'not json')).status).toBe(401);
    expect((await post('view', 'not json')).status).toBe(403);
    expect((await post('op', 'not json')).status).toBe(400);
    expect((await post('op', '{"words":"hi"}')).status).toBe(201);
  });
});

describe('@Operation', () => {
  it('gives a handler the types of the table', () => {
    expectTypeOf<Input<'listRuns'>['query']>().toEqualTypeOf<{ model?: string | undefined; limit: number }>();
    expectTypeOf<Input<'revokeToken'>['params']>().toEqualTypeOf<{ name: string }>();
    expectTypeOf<Input<'isLive'>>().not.toHaveProperty('principal');
    // @ts-expect-error there is no such operation
    expect(() => Answers('wave')).toThrow('There is no operation "wave"');
  });

  it('compiles only with the types of the table', () => {
    class Wrong {
      // @ts-expect-error the body has no such field
      @Answers('greet')
      takes({ body }: { body: { loud: boolean } }): { said: string } {
        return { said: String(body.loud) };
      }

      // @ts-expect-error it answers with a list
      @Answers('listGreetings')
      gives(): number {
        return 1;
      }
    }
    expect(Object.getOwnPropertyNames(Wrong.prototype)).toEqual(['constructor', 'takes', 'gives']);
  });
});
