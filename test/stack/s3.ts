import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchJars } from '../../deploy/local/fetch/artifacts.js';
import { freePort } from '../../deploy/local/ports.js';
import { type Child, goneAs, launch } from '../../deploy/local/processes/child.js';
import { postGuardian } from '../../deploy/local/processes/guardian.js';
import { Ledger } from '../../deploy/local/processes/ledger.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { until } from '../../deploy/local/until.js';

const S3PROXY = 'org.gaul:s3proxy:2.7.0';

/** It logs every step it takes unless it is told not to. */
const LOGGING = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %level %logger{0} %msg%n</pattern></encoder></appender>
  <root level="warn"><appender-ref ref="out"/></root>
</configuration>
`;

/** A real S3 server of the test's own, over a folder whose files the test may damage. */
export class TestS3 {
  static readonly bucket = 'ratchet';
  /** For S3_ACCESS_KEY and S3_SECRET_KEY. */
  static readonly accessKey = 'ratchet';
  static readonly secretKey = 'a-secret-of-the-tests';

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly child: Child,
    private readonly dismissGuardian: () => Promise<void>,
  ) {}

  /** Starts it, with the bucket in place; fetches it with Maven the first time. */
  static async start(): Promise<TestS3> {
    const jars = await fetchJars(DEFAULT_HOME, 's3proxy', S3PROXY);
    const folder = await mkdtemp(join(tmpdir(), 'ratchet-s3-'));
    await chmod(folder, 0o711);
    await mkdir(join(folder, 'data', TestS3.bucket), { recursive: true });
    const port = await freePort();
    const properties = join(folder, 's3proxy.properties');
    await writeFile(
      properties,
      [
        `s3proxy.endpoint=http://127.0.0.1:${port}`,
        's3proxy.authorization=aws-v4',
        `s3proxy.identity=${TestS3.accessKey}`,
        `s3proxy.credential=${TestS3.secretKey}`,
        'jclouds.provider=filesystem-nio2',
        'jclouds.identity=unused',
        'jclouds.credential=unused',
        `jclouds.filesystem.basedir=${join(folder, 'data')}`,
        '',
      ].join('\n'),
    );
    const logging = join(folder, 'logback.xml');
    await writeFile(logging, LOGGING);
    const ledger = new Ledger(join(folder, 'processes.json'));
    const dismissGuardian = postGuardian(ledger.file);
    const child = await launch({
      name: 's3proxy',
      command: 'java',
      args: [
        '-Xmx256m',
        '-XX:+UseSerialGC',
        '-XX:TieredStopAtLevel=1',
        `-Dlogback.configurationFile=${logging}`,
        '-cp',
        join(jars, '*'),
        'org.gaul.s3proxy.Main',
        '--properties',
        properties,
      ],
      env: process.env,
      logFile: join(folder, 's3proxy.log'),
      tier: 'infrastructure',
      ledger,
    });
    const s3 = new TestS3(port, folder, child, dismissGuardian);
    try {
      // Without a signature the answer is 403, and it is an answer.
      await until('the S3 server to answer', async () => (await fetch(s3.endpoint())).status > 0, {
        hopeless: goneAs(child),
      });
    } catch (error) {
      await s3.stop();
      throw error;
    }
    return s3;
  }

  /** @param port of a proxy in front of it */
  endpoint(port = this.port): string {
    return `http://127.0.0.1:${port}`;
  }

  /** The file behind an object. */
  file(key: string): string {
    return join(this.folder, 'data', TestS3.bucket, key);
  }

  async stop(): Promise<void> {
    await this.child.stop();
    await this.dismissGuardian();
    await rm(this.folder, { recursive: true, force: true });
  }
}
