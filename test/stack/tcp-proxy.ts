import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Passes connections on to a port, until the test wants the network to fail. */
export class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private stalled = false;
  private slow: { bytes: number; everyMs: number } | null = null;
  private cuts: { left: number; afterBytes: number } = { left: 0, afterBytes: 0 };
  private server: Server | null = null;
  private at = 0;
  /** Connections that were accepted so far. */
  connections = 0;

  private constructor(private readonly target: number) {}

  static async start(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.listen();
    return proxy;
  }

  get port(): number {
    return this.at;
  }

  /** Connections are accepted and nothing moves on them, as when packets are lost. */
  stall(): void {
    this.stalled = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** What was stalled goes on where it stood, and what trickled runs. */
  flow(): void {
    this.stalled = false;
    this.slow = null;
    for (const socket of this.sockets) socket.resume();
  }

  /** From now on answers come in small pieces, with a pause after each: never silent, never done. */
  trickle(bytes: number, everyMs: number): void {
    this.slow = { bytes, everyMs };
  }

  /** The next `times` connections break after so many bytes of the answer; those that are open break at once. */
  cut(times: number, afterBytes: number): void {
    this.cuts = { left: times, afterBytes };
    this.breakAll();
  }

  /** Connections are refused, and those there are break. */
  async shut(): Promise<void> {
    const { server } = this;
    this.server = null;
    this.breakAll();
    if (server === null) return;
    server.close();
    await once(server, 'close');
  }

  /** Accepts connections again, on the same port. */
  async listen(): Promise<void> {
    const server = createServer((client) => this.accept(client));
    server.listen(this.at, '127.0.0.1');
    await once(server, 'listening');
    this.server = server;
    const address = server.address();
    if (isAddress(address)) this.at = address.port;
  }

  private breakAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private accept(client: Socket): void {
    this.connections++;
    const remote = connect(this.target, '127.0.0.1');
    let allowed = Number.POSITIVE_INFINITY;
    if (this.cuts.left > 0) {
      this.cuts.left--;
      allowed = this.cuts.afterBytes;
    }
    this.join(client, remote, (data) => void remote.write(data));
    this.join(remote, client, (data) => {
      allowed -= data.length;
      // A cut in the middle of a piece is a cut before it.
      if (allowed < 0) client.destroy();
      else if (this.slow === null) client.write(data);
      else void this.drip(remote, client, data);
    });
  }

  private async drip(from: Socket, to: Socket, data: Buffer): Promise<void> {
    from.pause();
    for (let rest = data; rest.length > 0 && !to.destroyed; ) {
      const { bytes, everyMs } = this.slow ?? { bytes: rest.length, everyMs: 0 };
      to.write(rest.subarray(0, bytes));
      rest = rest.subarray(bytes);
      await pause(everyMs);
    }
    if (!this.stalled) from.resume();
  }

  private join(from: Socket, to: Socket, pass: (data: Buffer) => void): void {
    this.sockets.add(from);
    from.on('data', (data) => {
      if (!to.destroyed) pass(data);
    });
    from.on('error', () => undefined);
    from.on('end', () => to.end());
    from.on('close', () => {
      this.sockets.delete(from);
      to.destroy();
    });
    if (this.stalled) from.pause();
  }
}

const isAddress = (address: AddressInfo | string | null): address is AddressInfo =>
  address !== null && typeof address !== 'string';
