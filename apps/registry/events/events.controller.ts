import { type BeforeApplicationShutdown, Controller, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENTS_HEARTBEAT_MS } from '#contracts/http/heartbeat';
import { type Input, Operation } from '#http/server/operation';
import { authorize, TOKEN_VERIFIER, type TokenVerifier } from '#platform/auth/auth';
import { PRIVATE, ProblemError } from '#platform/problem';
import { EventFeed, type FeedEvent } from './event-feed.js';

/** A follower with this much unread is too slow; it reconnects and looks at the state instead. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024;

@Controller()
export class EventsController implements BeforeApplicationShutdown {
  private readonly followers = new Set<() => void>();

  constructor(
    @Inject(EventFeed) private readonly feed: EventFeed,
    @Inject(TOKEN_VERIFIER) private readonly tokens: TokenVerifier,
  ) {}

  @Operation('followEvents')
  follow(
    { query: { model } }: Input<'followEvents'>,
    @Req() { headers: { authorization } }: FastifyRequest,
    @Res() reply: FastifyReply,
  ): void {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      ...PRIVATE,
      'x-accel-buffering': 'no',
    });
    raw.write(': following\n\n');
    const unsubscribe = this.feed.subscribe((event) => {
      if (model !== undefined && event.model !== model) return;
      if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
      else raw.write(frame(event));
    });
    // Keeps proxies from closing a quiet stream, and tells both ends whether the other one is still there.
    const heartbeat = setInterval(() => {
      raw.write(': still here\n\n');
      // That nobody can say so now is no word on the token.
      authorize(this.tokens, authorization, 'viewer').catch((error) => error instanceof ProblemError && end());
    }, EVENTS_HEARTBEAT_MS);
    const end = () => {
      unsubscribe();
      clearInterval(heartbeat);
      this.followers.delete(end);
      raw.end();
    };
    this.followers.add(end);
    raw.on('close', end);
  }

  /** Open streams would keep the service from stopping. */
  beforeApplicationShutdown(): void {
    for (const end of [...this.followers]) end();
  }
}

const frame = ({ name, id, data }: FeedEvent): string =>
  `event: ${name}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
