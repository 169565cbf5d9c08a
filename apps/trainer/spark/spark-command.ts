import type { ArtifactsEnv } from '#platform/config';
import type { SparkEnv } from './spark-env.js';

/** What Spark, Java, Python and Kubernetes look at; nothing else of the trainer's environment reaches a job, its secrets least of all. */
const PASSED_ON =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|SSL_CERT_FILE|KUBECONFIG|KRB5\w*|KUBERNETES_\w+|(?:SPARK|PYSPARK|PYTHON|JAVA|HADOOP|YARN|HIVE|AWS)_\w+|PYTHONPATH|CLASSPATH|LD_LIBRARY_PATH)$/;

type S3Env = Pick<ArtifactsEnv, 'ARTIFACTS_URL' | 'S3_ENDPOINT' | 'S3_ACCESS_KEY' | 'S3_SECRET_KEY' | 'S3_REGION'>;

/** The environment of a job. Keys for S3 are in it, where Spark looks for them, and not among the arguments, which anybody may read. */
export function sparkEnvironment(config: S3Env, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.fromEntries(Object.entries(env).filter(([name]) => PASSED_ON.test(name)));
  if (!config.ARTIFACTS_URL.startsWith('s3:')) return passed;
  return {
    ...passed,
    ...(config.S3_ACCESS_KEY && { AWS_ACCESS_KEY_ID: config.S3_ACCESS_KEY }),
    ...(config.S3_SECRET_KEY && { AWS_SECRET_ACCESS_KEY: config.S3_SECRET_KEY }),
    AWS_REGION: config.S3_REGION,
  };
}

/** Arguments of spark-submit. What SPARK_SETTINGS says comes after what is said here, and counts. */
export function sparkArguments(
  config: SparkEnv & S3Env & { SPARK_MASTER: string },
  { name, order }: { name: string; order: string },
): string[] {
  const { ARTIFACTS_URL, S3_ENDPOINT, S3_REGION } = config;
  const s3 = [
    ...(S3_ENDPOINT === undefined
      ? []
      : [`spark.hadoop.fs.s3a.endpoint=${S3_ENDPOINT}`, 'spark.hadoop.fs.s3a.path.style.access=true']),
    `spark.hadoop.fs.s3a.endpoint.region=${S3_REGION}`,
  ];
  const settings = [
    // A page that anybody may read and end the job by, on all addresses of the machine.
    'spark.ui.enabled=false',
    'spark.ui.showConsoleProgress=false',
    ...(ARTIFACTS_URL.startsWith('s3:') ? s3 : []),
    ...config.SPARK_SETTINGS,
  ];
  return [
    ...['--master', config.SPARK_MASTER, '--deploy-mode', 'client', '--name', name],
    ...settings.flatMap((setting) => ['--conf', setting]),
    config.SPARK_JOB,
    order,
  ];
}
