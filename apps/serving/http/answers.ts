import type { FastifyReply } from 'fastify';
import type { Histogram } from 'prom-client';

interface Answer {
  readonly reply: FastifyReply;
  readonly body: string | Buffer;
  readonly seconds: Histogram;
}

let waiting: Answer[] = [];

/**
 * Sends an answer at the end of this turn of the event loop, with all others that are ready by then. A caller who waits for many is
 * woken once and not by each: that took more of this thread's time than all else (docs/decisions/0160-answers-of-a-turn.md).
 * @param seconds is told how long the answer took since its request's head
 */
export function sendWithOthers(reply: FastifyReply, body: string | Buffer, seconds: Histogram): void {
  if (waiting.length === 0) setImmediate(sendAll);
  waiting.push({ reply, body, seconds });
}

function sendAll(): void {
  const ready = waiting;
  waiting = [];
  for (const { reply, body, seconds } of ready) {
    seconds.observe((performance.now() - reply.request.startedAt) / 1000);
    reply.send(body);
  }
}
