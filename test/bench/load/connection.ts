import { connect, type Socket } from 'node:net';

/** What one answer was. */
export interface Answered {
  readonly status: number;
  readonly body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** One keep-alive HTTP/1.1 connection that sends prepared bytes and reads answers with a content-length. */
export class Connection {
  private pending: Buffer | null = null;
  private waiting: { resolve(answer: Answered): void; reject(error: unknown): void } | null = null;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the server closed the connection')));
  }

  static open(host: string, port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port }, () => resolve(new Connection(socket)));
      socket.once('error', reject);
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

  private take(chunk: Buffer): void {
    const bytes = this.pending === null ? chunk : Buffer.concat([this.pending, chunk]);
    const end = bytes.indexOf(HEAD_END);
    const length = end < 0 ? null : contentLength(bytes.toString('latin1', 0, end));
    if (length === null || bytes.length < end + 4 + length) {
      this.pending = bytes;
      return;
    }
    this.pending = null;
    const { waiting } = this;
    this.waiting = null;
    // "HTTP/1.1 200 OK"
    waiting?.resolve({
      status: Number(bytes.toString('latin1', 9, 12)),
      body: bytes.subarray(end + 4, end + 4 + length),
    });
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
