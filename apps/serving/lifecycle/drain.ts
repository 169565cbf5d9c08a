import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';

/** Whether the instance is about to stop: answers then ask callers to come back on another connection. */
@Injectable()
export class Drain {
  active = false;

  mark(reply: FastifyReply): void {
    if (this.active) reply.header('connection', 'close');
  }
}
