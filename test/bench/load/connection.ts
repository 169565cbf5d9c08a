import { connect, type Socket } from 'node:net';

/** What one answer was. */
export interface Answered {
  readonly status: number;
  /** Holds until the next request. */
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');
/** Most answers are read at once. */
const READ_BYTES = 64 * 1024;

/**
 * One keep-alive HTTP/1.1 connection that sends prepared bytes and reads answers with a content-length. It reads into one buffer of its
 * own, because what the load generator takes is missing to the servers that share the machine with it.
 */
export class Connection {
  private readonly socket: Socket;
  private readonly read = Buffer.alloc(READ_BYTES);
  /** What came of an answer that is not whole yet. */
  private pending: Buffer | null = null;
  private waiting: { resolve(answer: Answered): void; reject(error: unknown): void } | null = null;

  private constructor(host: string, port: number, opened: () => void) {
    const onread = { buffer: this.read, callback: (length: number) => this.take(length) };
    this.socket = connect({ host, port, onread }, opened);
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => this.fail(error));
    this.socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const connection: Connection = new Connection(host, port, () => resolve(connection));
      connection.socket.once('error', reject);
    });
  }

  request(bytes: Buffer): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(bytes);
    });
  }

  close(): void {
    this.waiting = null;
    this.socket.destroy();
  }

  private take(count: number): true {
    const { pending, read } = this;
    const bytes = pending === null ? read : Buffer.concat([pending, read.subarray(0, count)]);
    const length = pending === null ? count : bytes.length;
    const end = bytes.indexOf(HEAD_END) + HEAD_END.length;
    // What lies behind `length` is of an earlier answer.
    const isHeadWhole = end >= HEAD_END.length && end <= length;
    const whole = isHeadWhole ? end + contentLength(bytes.toString('latin1', 0, end)) : Number.POSITIVE_INFINITY;
    if (length < whole) {
      this.pending = pending === null ? Buffer.from(read.subarray(0, count)) : bytes;
      return true;
    }
    this.pending = null;
    const { waiting } = this;
    this.waiting = null;
    // "HTTP/1.1 200 OK"
    const status = Number(bytes.toString('latin1', 9, 12));
    waiting?.resolve({ status, body: bytes.subarray(end, whole) });
    return true;
  }

  private fail(error: unknown): void {
    const { waiting } = this;
    this.waiting = null;
    waiting?.reject(error);
  }
}

function contentLength(head: string): number {
  const match = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (match === null) throw new Error(`an answer without content-length: ${head}`);
  return Number(match[1]);
}

export function requestBytes(
  host: string,
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const lines = Object.entries({
    host,
    'content-type': 'application/json',
    'content-length': String(bytes.length),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`);
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`), bytes]);
}
