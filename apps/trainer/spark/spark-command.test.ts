import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isReachable, mastersOf } from './master.js';
import { sparkArguments, sparkEnvironment } from './spark-command.js';
import { sparkEnv } from './spark-env.js';

const Env = z.object(sparkEnv);
const artifacts = {
  ARTIFACTS_URL: 's3://ratchet/a',
  S3_REGION: 'eu-west-1',
  S3_ACCESS_KEY: 'key',
  S3_SECRET_KEY: 'hush',
};

describe('the settings of Spark', () => {
  it.each([
    'local',
    'local[2]',
    'local[*]',
    'spark://10.0.0.1:7077',
    'spark://a:7077,b:7077',
    'k8s://https://10.0.0.1:6443',
    'yarn',
  ])('take the master %s', (master) => {
    expect(Env.parse({ SPARK_MASTER: master }).SPARK_MASTER).toBe(master);
  });

  it.each(['local[two]', 'spark://a', 'http://a:7077', 'a:7077', ''])('refuse the master "%s"', (master) => {
    expect(Env.safeParse({ SPARK_MASTER: master }).success).toBe(false);
  });

  it('are pairs, separated by ; or line breaks, that may hold blanks', () => {
    const { SPARK_SETTINGS } = Env.parse({
      SPARK_SETTINGS: 'spark.executor.memory=4g; spark.driver.extraJavaOptions=-Da=b -Dc=d\nspark.task.cpus=2;',
    });
    expect(SPARK_SETTINGS).toEqual([
      'spark.executor.memory=4g',
      'spark.driver.extraJavaOptions=-Da=b -Dc=d',
      'spark.task.cpus=2',
    ]);
    expect(Env.safeParse({ SPARK_SETTINGS: 'executor.memory=4g' }).success).toBe(false);
    expect(Env.safeParse({ SPARK_SETTINGS: 'spark.executor.memory 4g' }).success).toBe(false);
  });
});

describe('the command', () => {
  const config = { ...Env.parse({ SPARK_SETTINGS: 'spark.ui.enabled=true' }), ...artifacts, SPARK_MASTER: 'yarn' };

  it('lets settings of one’s own come last, and holds no secret', () => {
    const args = sparkArguments(config, { name: 'ratchet-apples', order: '/tmp/order.json' });
    expect(args.slice(0, 6)).toEqual(['--master', 'yarn', '--deploy-mode', 'client', '--name', 'ratchet-apples']);
    expect(args.indexOf('spark.ui.enabled=true')).toBeGreaterThan(args.indexOf('spark.ui.enabled=false'));
    expect(args.at(-1)).toBe('/tmp/order.json');
    expect(args.join(' ')).not.toContain('hush');
  });

  it('passes on what Spark looks at, the keys of the artifact store, and nothing else', () => {
    const env = {
      PATH: '/bin',
      JAVA_HOME: '/java',
      PYSPARK_PYTHON: '/python',
      DATABASE_URL: 'x',
      KAFKA_SASL_PASSWORD: 'x',
    };
    expect(sparkEnvironment(config, env)).toEqual({
      PATH: '/bin',
      JAVA_HOME: '/java',
      PYSPARK_PYTHON: '/python',
      AWS_ACCESS_KEY_ID: 'key',
      AWS_SECRET_ACCESS_KEY: 'hush',
      AWS_REGION: 'eu-west-1',
    });
  });
});

it('asks each master of a standalone cluster, and goes to the cluster if one answers', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  try {
    expect(await isReachable(`spark://127.0.0.1:${port}`)).toBe(true);
    expect(await isReachable(`spark://127.0.0.1:1,127.0.0.1:${port}`)).toBe(true);
  } finally {
    server.close();
  }
  expect(await isReachable('spark://127.0.0.1:1')).toBe(false);
  expect(await isReachable('local[2]')).toBe(true);
  expect(mastersOf('spark://a:7077,b:7078')).toEqual([
    { host: 'a', port: 7077 },
    { host: 'b', port: 7078 },
  ]);
  expect(mastersOf('yarn')).toEqual([]);
});
