import type { Readable } from 'node:stream';
import { Client, S3Error } from 'minio';
import type { ArtifactsEnv } from '#platform/config';
import { ArtifactMissingError, type ArtifactStore } from './artifact-store.js';

const isMissing = (error: unknown): boolean =>
  error instanceof S3Error && ['NoSuchKey', 'NotFound'].includes(error.code ?? '');

/** Objects under a prefix of an S3 bucket, on any server that speaks S3. S3 shows an object only once it is whole. */
export class S3Store implements ArtifactStore {
  private readonly client: Client;
  private readonly bucket: string;
  private readonly prefix: string;

  constructor(url: URL, config: ArtifactsEnv) {
    const endpoint = new URL(config.S3_ENDPOINT ?? 'https://s3.amazonaws.com');
    this.bucket = url.hostname;
    const path = url.pathname.replace(/^\/+|\/+$/g, '');
    this.prefix = path === '' ? '' : `${path}/`;
    this.client = new Client({
      endPoint: endpoint.hostname,
      useSSL: endpoint.protocol === 'https:',
      ...(endpoint.port ? { port: Number(endpoint.port) } : {}),
      region: config.S3_REGION,
      ...(config.S3_ACCESS_KEY ? { accessKey: config.S3_ACCESS_KEY } : {}),
      ...(config.S3_SECRET_KEY ? { secretKey: config.S3_SECRET_KEY } : {}),
    });
  }

  async put(key: string, data: Buffer | Readable): Promise<void> {
    await this.client.putObject(this.bucket, this.prefix + key, data);
  }

  async get(key: string): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of await this.open(key)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async open(key: string): Promise<Readable> {
    return this.client.getObject(this.bucket, this.prefix + key).catch((error: unknown) => {
      if (isMissing(error)) throw new ArtifactMissingError(key);
      throw error;
    });
  }

  async has(key: string): Promise<boolean> {
    return this.client.statObject(this.bucket, this.prefix + key).then(
      () => true,
      (error: unknown) => {
        if (isMissing(error)) return false;
        throw error;
      },
    );
  }

  async list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const item of this.client.listObjectsV2(this.bucket, this.prefix + prefix, true))
      if (item.name !== undefined) keys.push(item.name.slice(this.prefix.length));
    return keys.sort();
  }

  async remove(prefix: string): Promise<void> {
    const keys = await this.list(prefix);
    if (keys.length > 0)
      await this.client.removeObjects(
        this.bucket,
        keys.map((key) => this.prefix + key),
      );
  }

  uri(key: string): string {
    return `s3://${this.bucket}/${this.prefix}${key}`;
  }
}
