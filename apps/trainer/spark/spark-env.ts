import { resolve } from 'node:path';
import { z } from 'zod';

const MASTER = /^(local(\[(\d+|\*)(,\s*\d+)?\])?|yarn|k8s:\/\/\S+|spark:\/\/[^\s,:]+:\d+(,[^\s,:]+:\d+)*)$/;
const MASTER_EXPECTED = 'expected local[N], spark://host:7077, k8s://https://host:6443 or yarn';

const pairs = (text: string): string[] =>
  text
    .split(/[;\n]/)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '');

/** What the trainer needs to submit runs to a Spark cluster. */
export const sparkEnv = {
  /** Which cluster runs with the engine "spark" go to; without it they fail, and say so. */
  SPARK_MASTER: z.string().regex(MASTER, MASTER_EXPECTED).optional(),
  /** Spark's own program, by its path or by its name on the PATH. */
  SPARK_SUBMIT: z.string().min(1).default('spark-submit'),
  /** Passed to it as they are, a --conf each. */
  SPARK_SETTINGS: z
    .string()
    .default('')
    .refine(
      (text) => pairs(text).every((pair) => /^spark\.[^\s=]+=/.test(pair)),
      'expected settings like spark.executor.memory=4g, separated by ; or line breaks',
    )
    .transform(pairs),
  /** Tasks that train at the same time; as many as the cluster has room for if left out. */
  SPARK_WORKERS: z.coerce.number('expected a number of tasks').int().min(1).max(10_000).optional(),
  /** What is submitted. */
  SPARK_JOB: z
    .string()
    .min(1)
    .default('deploy/spark-trainer/train.py')
    .transform((path) => resolve(path)),
};
export type SparkEnv = z.infer<z.ZodObject<typeof sparkEnv>>;
