import { ADDRESSES, type OperationAddress } from '#contracts/http/addresses';
import { EVENTS_HEARTBEAT_MS } from '#contracts/http/heartbeat';
import type { Operation } from '#contracts/http/operation';
import type { Problem } from '#contracts/http/problem';
import type { OperationName, OperationNamed, ServiceName } from '#contracts/http/services';
import type { AnswerOf, Asked } from '../shapes.js';
import { BrokenOff, type CallError, NoAnswer, Refused, reasonOf, UnknownForm } from './errors.js';

/** A file to be sent as it is. */
export interface FileBody<Content> {
  readonly content: Content;
  readonly bytes: number;
}

/** One HTTP request, as the runtime's own client is to send it. */
export interface Outgoing<Content> {
  readonly method: Operation['method'];
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | FileBody<Content> | null;
  /** Milliseconds until the head of the answer has to be there; 0 for ever. */
  readonly patienceMs: number;
  /** Milliseconds that an answer may pause; 0 for ever. */
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface Incoming {
  readonly status: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What the runtime brings: how it sends, and how it reads what the table describes. */
export interface Runtime<Content> {
  readonly send: (request: Outgoing<Content>) => Promise<Incoming>;
  /** Throws {@link Misfit} when the text is not what the operation answers. */
  readonly read: <N extends OperationName>(name: N, text: string) => AnswerOf<N>;
}

/** Where in an answer something is not as the table says, and why. */
export class Misfit extends Error {}

export interface ClientOptions {
  /** As it stands at the beginning of a sentence. */
  readonly name: string;
  /** The service's, or a path that the page knows how to complete. */
  readonly url: string;
  readonly token: string | null;
  /** Milliseconds until an answer has to begin, instead of what the operation says. */
  readonly patienceMs?: number;
  /** Makes of a failure what the program around wants to throw. */
  readonly failure?: (error: CallError) => Error;
}

type Answer<N extends OperationName> = OperationNamed<N>['replies'][0];

/** Operations that answer with one JSON document, with one a line, and with anything else. */
export type JsonName<S extends ServiceName> = {
  [N in OperationName<S>]: Answer<N> extends { schema: unknown }
    ? Answer<N> extends { contentType: string }
      ? never
      : N
    : never;
}[OperationName<S>];
export type LinesName<S extends ServiceName> = {
  [N in OperationName<S>]: Answer<N> extends { contentType: 'application/x-ndjson' } ? N : never;
}[OperationName<S>];
export type StreamName<S extends ServiceName> = Exclude<OperationName<S>, JsonName<S> | LinesName<S>>;

/** What a call takes after its name; nothing where the operation takes nothing. */
type Rest<N extends OperationName, Content> =
  Record<string, never> extends AskedOf<N, Content>
    ? [asked?: AskedOf<N, Content>, signal?: AbortSignal]
    : [asked: AskedOf<N, Content>, signal?: AbortSignal];

type AskedOf<N extends OperationName, Content> = Asked<OperationNamed<N>, FileBody<Content>> & AnyAsked<Content>;

/** As any operation could be asked, for what builds a request of it. */
interface AnyAsked<Content> {
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
  readonly body?: unknown;
  readonly file?: FileBody<Content> | undefined;
}

const MINUTE_MS = 60_000;
/** Whoever sends events, and has none, says so more often than this. */
const SILENT_EVENTS_MS = 3 * EVENTS_HEARTBEAT_MS;

/** The operations of one service, called by name. Every failure is a {@link CallError}, or what `failure` makes of it. */
export class Client<S extends ServiceName, Content> {
  constructor(
    private readonly options: ClientOptions,
    private readonly runtime: Runtime<Content>,
  ) {}

  /** The answer as the table describes it. */
  async call<N extends JsonName<S>>(name: N, ...[asked, signal]: Rest<N, Content>): Promise<AnswerOf<N>> {
    return this.read(name, await this.text(await this.send(name, asked, signal)));
  }

  /** An answer of one JSON document a line, as they arrive. */
  async *lines<N extends LinesName<S>>(name: N, ...[asked, signal]: Rest<N, Content>): AsyncGenerator<AnswerOf<N>> {
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of this.chunks(await this.send(name, asked, signal), signal)) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') yield this.read(name, line);
    }
    if (rest.trim() !== '') yield this.read(name, rest);
  }

  /** The bytes of an answer that is no JSON, as they arrive. The promise is kept once the service has agreed. */
  async stream<N extends StreamName<S>>(
    name: N,
    ...[asked, signal]: Rest<N, Content>
  ): Promise<AsyncIterable<Uint8Array>> {
    return this.chunks(await this.send(name, asked, signal), signal);
  }

  private async send(
    name: OperationName,
    asked: AnyAsked<Content> | undefined,
    signal?: AbortSignal,
  ): Promise<Incoming> {
    const address = addressOf(name);
    const { file, body } = asked ?? {};
    let answer: Incoming;
    try {
      answer = await this.runtime.send({
        method: address.method,
        url: this.options.url.replace(/\/$/, '') + pathOf(address, asked),
        headers: this.headers(address, asked),
        body: file ?? (body === undefined ? null : JSON.stringify(body)),
        // A large file is answered while it is being read: only an idle connection is given up, not a long one.
        patienceMs: this.options.patienceMs ?? (file ? 0 : patienceOf(address)),
        pauseMs: address.contentType === 'text/event-stream' ? SILENT_EVENTS_MS : 5 * MINUTE_MS,
        signal,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.failure(new NoAnswer(reasonOf(error), this.options.name));
    }
    if (answer.status < 400) return answer;
    const problem = problemIn(await this.text(answer));
    throw this.failure(new Refused(answer.status, problem, this.options.name));
  }

  private headers({ contentType }: OperationAddress, asked: AnyAsked<Content> | undefined): Record<string, string> {
    const { token } = this.options;
    return {
      accept: `${contentType ?? 'application/json'}, application/problem+json`,
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(asked?.file && {
        'content-type': 'application/octet-stream',
        'content-length': String(asked.file.bytes),
      }),
      ...(asked?.body !== undefined && { 'content-type': 'application/json' }),
    };
  }

  private read<N extends OperationName>(name: N, text: string): AnswerOf<N> {
    try {
      return this.runtime.read(name, text);
    } catch (error) {
      if (!(error instanceof Misfit || error instanceof SyntaxError)) throw error;
      const { method, path } = addressOf(name);
      const where = error instanceof Misfit ? error.message : 'no JSON document';
      throw this.failure(new UnknownForm(`${method} ${path}`, where, this.options.name));
    }
  }

  private async text(answer: Incoming): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of this.chunks(answer)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }

  private async *chunks({ chunks }: Incoming, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    try {
      yield* chunks;
    } catch (error) {
      if (signal?.aborted) throw error;
      throw this.failure(new BrokenOff(reasonOf(error), this.options.name));
    }
  }

  private failure(error: CallError): Error {
    return this.options.failure?.(error) ?? error;
  }
}

function patienceOf({ method, slow }: OperationAddress): number {
  if (slow) return 30 * MINUTE_MS;
  return method === 'GET' ? MINUTE_MS / 2 : MINUTE_MS;
}

function addressOf(name: OperationName): OperationAddress {
  const address = ADDRESSES[name];
  if (address === undefined) throw new Error(`There is no operation "${name}" in libs/contracts/http.`);
  return address;
}

function pathOf<Content>({ path }: OperationAddress, asked: AnyAsked<Content> | undefined): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(asked?.params?.[name])));
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(asked?.query ?? {})) if (value !== undefined) query.set(key, String(value));
  return query.size === 0 ? filled : `${filled}?${query}`;
}

/** Told by its fields, because the page ships no validator. */
function problemIn(text: string): Problem | null {
  try {
    const value: Problem | null = JSON.parse(text);
    return typeof value?.detail === 'string' && typeof value.title === 'string' ? value : null;
  } catch {
    return null;
  }
}
