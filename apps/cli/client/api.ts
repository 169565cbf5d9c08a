import type { Readable } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import type { z } from 'zod';
import { Problem } from '#contracts/http/problem';
import { Failure } from '../failure.js';
import type { Address, Token } from './settings.js';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON, unless it is a stream. */
  readonly body?: unknown;
  /** A file, sent as it is. */
  readonly upload?: { readonly stream: Readable; readonly bytes: number };
  /** Minutes may pass before the answer begins. */
  readonly slow?: true;
}

/** One service over HTTP. Every failure becomes a {@link Failure} that says what to do next. */
export class Api {
  constructor(
    private readonly name: string,
    readonly address: Address,
    private readonly token: Token,
  ) {}

  /** The answer, checked against its contract. */
  async json<S extends z.ZodType>(call: Call, schema: S): Promise<z.infer<S>> {
    const response = await this.send(call);
    return this.parse(schema, await response.body.json().catch(() => undefined), call);
  }

  /** An answer of one JSON document per line, as they arrive. */
  async *lines<S extends z.ZodType>(call: Call, schema: S): AsyncGenerator<z.infer<S>> {
    const response = await this.send(call);
    response.body.setEncoding('utf8');
    let rest = '';
    try {
      for await (const chunk of response.body) {
        const lines = `${rest}${String(chunk)}`.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) if (line.trim() !== '') yield this.parse(schema, parseJson(line), call);
      }
    } catch (error) {
      throw error instanceof Failure ? error : this.broken(error);
    }
    if (rest.trim() !== '') yield this.parse(schema, parseJson(rest), call);
  }

  /** A file, piece by piece. */
  async *bytes(call: Call): AsyncGenerator<Buffer> {
    const { body } = await this.send(call, '*/*');
    try {
      for await (const chunk of body) yield Buffer.from(chunk);
    } catch (error) {
      throw this.broken(error);
    }
  }

  /** The raw body of an answer, for streams. */
  async stream(call: Call, accept: string, signal?: AbortSignal): Promise<Readable> {
    return (await this.send(call, accept, signal)).body;
  }

  private async send(call: Call, accept = 'application/json', signal?: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = new URL(this.address.url);
    url.pathname = url.pathname.replace(/\/$/, '') + call.path;
    for (const [key, value] of Object.entries(call.query ?? {}))
      if (value !== undefined) url.searchParams.set(key, String(value));
    // An import of a large file answers while it is being read: only an idle connection is given up, not a long one.
    const patience = call.upload ? 0 : call.slow ? 1_800_000 : 60_000;
    let response: Dispatcher.ResponseData;
    try {
      response = await request(url, {
        method: call.method,
        headers: this.headers(call, accept),
        body: call.upload?.stream ?? (call.body === undefined ? null : JSON.stringify(call.body)),
        headersTimeout: patience,
        bodyTimeout: accept === 'text/event-stream' ? 0 : 300_000,
        ...(signal && { signal }),
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.unreachable(error);
    }
    if (response.statusCode >= 400) throw await this.refusal(response);
    return response;
  }

  private headers(call: Call, accept: string): Record<string, string> {
    return {
      accept: `${accept}, application/problem+json`,
      ...(this.token.kind === 'token' && { authorization: `Bearer ${this.token.value}` }),
      ...(call.upload && { 'content-type': 'application/octet-stream', 'content-length': String(call.upload.bytes) }),
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    };
  }

  private parse<S extends z.ZodType>(schema: S, value: unknown, call: Call): z.infer<S> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where =
      issue && issue.path.length > 0 ? `field ${issue.path.join('.')}: ${issue.message}` : 'no JSON document';
    throw new Failure(
      `${this.name} at ${this.address.url} answered ${call.method} ${call.path} in a form this command does not know (${where}).`,
      'Are the command and the services of the same release? Update both, then "npm start".',
    );
  }

  private unreachable(error: unknown): Failure {
    return new Failure(
      `${this.name} does not answer at ${this.address.url} (${codeOf(error)}).`,
      this.address.from === null || this.address.from.endsWith('stack.json')
        ? 'Is Ratchet running? Start it with: npm start'
        : `Is Ratchet running, and is ${this.address.from} right?`,
    );
  }

  private broken(error: unknown): Failure {
    return new Failure(
      `The connection to ${this.name} at ${this.address.url} broke off (${codeOf(error)}).`,
      'Run the same command again; what was done is kept and nothing counts twice.',
    );
  }

  private async refusal(response: Dispatcher.ResponseData): Promise<Failure> {
    const status = response.statusCode;
    const problem = Problem.safeParse(parseJson(await response.body.text()));
    const detail = problem.success ? problem.data.detail : `${this.name} answered with status ${status}.`;
    const code = problem.success && typeof problem.data.code === 'string' ? problem.data.code : undefined;
    return new Failure(detail, this.advice(status), { status, code });
  }

  private advice(status: number): string | null {
    if (status === 401)
      return this.token.kind === 'none'
        ? `No token was sent: RATCHET_TOKEN is not set and ${this.token.file} is not there. Run on the machine where Ratchet was started, or set RATCHET_TOKEN.`
        : `The token sent was the one from ${this.token.from}. Is it of this installation?`;
    if (status === 403)
      return 'Ask an administrator for a token with that role: ratchet token create --role operator --name NAME';
    if (status >= 500) return `See the log of ${this.name}, then try again.`;
    return null;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
