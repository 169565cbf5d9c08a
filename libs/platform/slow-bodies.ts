import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PRIVATE, ProblemError, problemOf, sendProblem } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its handler reads the body as it comes, however long that takes: only a body that stands still is given up. */
    streamed?: true;
  }
}

/** A streamed body of which fewer bytes come within the time allowed stands still. */
const LEAST_BYTES = 1024;

const sends = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Gives up requests whose bodies do not come: a whole one within `patienceMs`, a streamed one while it moves. Whoever was
 * answered before the end of his body, as without a token, has that long to end it. Heads are Node's to wait for.
 */
export function limitSlowBodies(fastify: FastifyInstance, patienceMs: number): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (sends(request.raw)) watch(request, reply, patienceMs);
    done();
  });
}

function watch(request: FastifyRequest, reply: FastifyReply, patienceMs: number): void {
  const { raw } = request;
  const streamed = request.routeOptions.config.streamed === true;
  let before = raw.socket.bytesRead;
  const look = (): void => {
    if (raw.complete || raw.destroyed) return;
    const { bytesRead } = raw.socket;
    // What lies here unread is ours to take, not theirs to send.
    const moves = bytesRead - before >= LEAST_BYTES || raw.readableLength > 0;
    if (!streamed || !moves || reply.raw.writableEnded) {
      giveUp(raw, reply, patienceMs);
      return;
    }
    before = bytesRead;
    timer = setTimeout(look, patienceMs);
  };
  let timer = setTimeout(look, patienceMs);
  raw.once('close', () => clearTimeout(timer));
}

function giveUp(raw: IncomingMessage, reply: FastifyReply, patienceMs: number): void {
  if (reply.sent || reply.raw.headersSent) {
    raw.destroy();
    return;
  }
  reply.raw.once('finish', () => raw.destroy());
  const detail = `The body of the request did not come within ${patienceMs / 1000} s.`;
  sendProblem(reply.header('connection', 'close'), new ProblemError(408, 'Too slow', detail).toProblem());
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers what is no HTTP, or does not come to the end of its head, with problem details, and hangs up. */
export function refuseConnection(error: Error & { readonly code?: string }, socket: Socket): void {
  // Whoever has gone, or was answered in part already, cannot be told.
  if (error.code === 'ECONNRESET' || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? new ProblemError(408, 'Too slow', 'The request did not come within the time allowed.')
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? new ProblemError(431, 'Too large', 'The head of the request is too large.')
        : new ProblemError(400, 'Bad request', 'This is not HTTP as it should be.');
  const { status } = problem;
  const body = JSON.stringify(problemOf(problem));
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...PRIVATE,
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${head.join('')}\r\n${body}`, () => socket.destroy());
}
