import type { Agent } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'minio';
import type { ArtifactsEnv } from '#platform/config';
import { ArtifactMissingError, type ArtifactStore, StoreUnavailableError } from './artifact-store.js';
import { inParts } from './in-parts.js';
import { explain, isMissing, type S3Place, tries } from './s3-errors.js';
import { connections, watchedTransport } from './s3-transport.js';

const FIRST_PAUSE_MS = 200;

/** What is larger goes up in several requests, each of which is repeated by itself. S3 takes at most 10 000 of 5 MiB or more. */
export const PART_BYTES = 16 * 1024 * 1024;

/**
 * Objects under a prefix of an S3 bucket, on any server that speaks S3. S3 shows an object only once it is whole.
 * Nothing here waits for ever: a request ends after S3_TIMEOUT_SECONDS of silence and is tried again, and the whole of
 * it after S3_TRANSFER_SECONDS.
 */
export class S3Store implements ArtifactStore {
  private readonly endpoint: URL;
  private readonly secure: boolean;
  private readonly agent: Agent;
  private readonly place: S3Place;
  private readonly bucket: string;
  private readonly prefix: string;

  constructor(
    url: URL,
    private readonly config: ArtifactsEnv,
  ) {
    this.endpoint = new URL(config.S3_ENDPOINT ?? 'https://s3.amazonaws.com');
    this.secure = this.endpoint.protocol === 'https:';
    this.agent = connections(this.secure);
    this.bucket = url.hostname;
    const path = url.pathname.replace(/^\/+|\/+$/g, '');
    this.prefix = path === '' ? '' : `${path}/`;
    this.place = { endpoint: this.endpoint.origin, bucket: this.bucket, region: config.S3_REGION };
  }

  async put(key: string, data: Buffer | Readable): Promise<void> {
    const parts = inParts(Buffer.isBuffer(data) ? [data] : data, PART_BYTES);
    const first = await parts.next();
    const second = await parts.next();
    if (!first.done && !second.done) return this.putInParts(key, [first.value, second.value], parts);
    const whole = first.done ? Buffer.alloc(0) : first.value;
    await this.ask(`writing ${this.uri(key)}`, (client) => client.putObject(this.bucket, this.prefix + key, whole));
  }

  async get(key: string): Promise<Buffer> {
    return this.ask(
      `reading ${this.uri(key)}`,
      async (client) => {
        const chunks: Buffer[] = [];
        for await (const chunk of await client.getObject(this.bucket, this.prefix + key)) chunks.push(chunk);
        return Buffer.concat(chunks);
      },
      key,
    );
  }

  async open(key: string): Promise<Readable> {
    const what = `reading ${this.uri(key)}`;
    const deadline = this.deadline();
    const body = await this.ask(what, (client) => client.getObject(this.bucket, this.prefix + key), key, deadline);
    const failure = (error: unknown): Error => this.failure(what, error, deadline);
    async function* chunks(): AsyncGenerator<Buffer> {
      try {
        for await (const chunk of body) yield chunk;
      } catch (error) {
        throw failure(error);
      }
    }
    return Readable.from(chunks(), { objectMode: false });
  }

  async has(key: string): Promise<boolean> {
    return this.ask(`looking for ${this.uri(key)}`, (client) =>
      client.statObject(this.bucket, this.prefix + key).then(
        () => true,
        (error: unknown) => {
          if (isMissing(error)) return false;
          throw error;
        },
      ),
    );
  }

  async list(prefix: string): Promise<string[]> {
    return this.ask(`listing ${this.uri(prefix)}`, async (client) => {
      const keys: string[] = [];
      for await (const item of client.listObjectsV2(this.bucket, this.prefix + prefix, true))
        if (item.name !== undefined) keys.push(item.name.slice(this.prefix.length));
      return keys.sort();
    });
  }

  async remove(prefix: string): Promise<void> {
    const keys = await this.list(prefix);
    if (keys.length === 0) return;
    const what = `removing ${this.uri(prefix)}`;
    const failed = await this.ask(what, (client) =>
      client.removeObjects(
        this.bucket,
        keys.map((key) => this.prefix + key),
      ),
    );
    const error = failed.find((one) => one?.Error)?.Error;
    if (error)
      throw new StoreUnavailableError(
        `${what}: ${this.place.endpoint} kept ${error.Key}: ${error.Message ?? error.Code}`,
      );
  }

  uri(key: string): string {
    return `s3://${this.bucket}/${this.prefix}${key}`;
  }

  private async putInParts(key: string, first: readonly Buffer[], rest: AsyncIterable<Buffer>): Promise<void> {
    const { bucket } = this;
    const object = this.prefix + key;
    const what = `writing ${this.uri(key)}`;
    const upload = await this.ask(what, (client) => client.initiateNewMultipartUpload(bucket, object, {}));
    const parts: { part: number; etag: string }[] = [];
    const send = async (data: Buffer): Promise<void> => {
      const partNumber = parts.length + 1;
      const where = { bucketName: bucket, objectName: object, uploadID: upload, partNumber, headers: {} };
      const { etag } = await this.ask(`${what}, part ${partNumber}`, (client) => client.uploadPart(where, data));
      parts.push({ part: partNumber, etag });
    };
    try {
      for (const data of first) await send(data);
      for await (const data of rest) await send(data);
      await this.ask(what, (client) => client.completeMultipartUpload(bucket, object, upload, parts));
    } catch (error) {
      // Parts that belong to nothing cost room until the bucket's own rules remove them.
      await this.ask(what, (client) => client.abortMultipartUpload(bucket, object, upload)).catch(() => undefined);
      throw error;
    }
  }

  private deadline(): AbortSignal {
    return AbortSignal.timeout(this.config.S3_TRANSFER_SECONDS * 1000);
  }

  /**
   * Tries until it succeeds, fails for good, or has taken too long.
   * @param key what is missing if the server has nothing there; without it, that is an error like any other
   */
  private async ask<R>(
    what: string,
    request: (client: Client) => Promise<R>,
    key?: string,
    deadline = this.deadline(),
  ): Promise<R> {
    const client = this.client(deadline);
    for (let attempt = 1; ; attempt++) {
      try {
        return await request(client);
      } catch (error) {
        if (key !== undefined && isMissing(error)) throw new ArtifactMissingError(key);
        if (deadline.aborted || attempt >= tries(error)) throw this.failure(what, error, deadline);
        await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal: deadline }).catch(() => undefined);
      }
    }
  }

  private failure(what: string, error: unknown, deadline: AbortSignal): Error {
    const why = deadline.aborted
      ? `${this.place.endpoint} (S3_ENDPOINT) was not done after ${this.config.S3_TRANSFER_SECONDS} s (S3_TRANSFER_SECONDS).`
      : explain(error, this.place);
    return new StoreUnavailableError(`${what}: ${why}`, { cause: error });
  }

  /** A client costs nothing; the connections are shared. */
  private client(deadline: AbortSignal): Client {
    const { endpoint, secure, agent, config } = this;
    return new Client({
      endPoint: endpoint.hostname,
      useSSL: secure,
      ...(endpoint.port ? { port: Number(endpoint.port) } : {}),
      region: config.S3_REGION,
      ...(config.S3_ACCESS_KEY ? { accessKey: config.S3_ACCESS_KEY } : {}),
      ...(config.S3_SECRET_KEY ? { secretKey: config.S3_SECRET_KEY } : {}),
      transport: watchedTransport(secure, config.S3_TIMEOUT_SECONDS * 1000, deadline),
      transportAgent: agent,
      // Its own retries leave out broken connections, and write to the console.
      retryOptions: { disableRetry: true },
    });
  }
}
