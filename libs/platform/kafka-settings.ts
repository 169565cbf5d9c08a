import { readFileSync } from 'node:fs';
import { z } from 'zod';

const flag = z
  .enum(['true', 'false', '1', '0'], 'expected true or false')
  .transform((value) => value === 'true' || value === '1');

const COMPRESSIONS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Measured in docs/decisions/0031-compression.md. */
export const DEFAULT_COMPRESSION = 'zstd' satisfies (typeof COMPRESSIONS)[number];

export const kafkaEnv = {
  KAFKA_BROKERS: z
    .string('expected host:port, several separated by commas')
    .regex(/^[^\s,:]+:\d+(,[^\s,:]+:\d+)*$/, 'expected host:port, several separated by commas')
    .transform((value) => value.split(',')),
  /** What this process's own messages are compressed with; every codec is read, whatever is set here. */
  KAFKA_COMPRESSION: z.enum(COMPRESSIONS, `expected one of ${COMPRESSIONS.join(', ')}`).optional(),
  /** What names of topics and groups begin with; every installation on one cluster has another. */
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,100}$/, 'expected up to 100 letters, digits, dots, dashes or underscores, like staging.')
    .optional(),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional(),
  KAFKA_SASL_USERNAME: z.string().optional(),
  KAFKA_SASL_PASSWORD: z.string().optional(),
  KAFKA_TLS: flag.default(false),
  /** PEM files; without a CA the system's own are used. */
  KAFKA_TLS_CA_FILE: z.string().optional(),
  KAFKA_TLS_CERT_FILE: z.string().optional(),
  KAFKA_TLS_KEY_FILE: z.string().optional(),
};

export type KafkaEnv = z.infer<z.ZodObject<typeof kafkaEnv>>;

/** These settings alone, of a configuration that has more. */
export function kafkaSettingsOf(config: KafkaEnv): KafkaEnv {
  const { KAFKA_BROKERS, KAFKA_COMPRESSION, KAFKA_TOPIC_PREFIX } = config;
  const { KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD } = config;
  const { KAFKA_TLS, KAFKA_TLS_CA_FILE, KAFKA_TLS_CERT_FILE, KAFKA_TLS_KEY_FILE } = config;
  // Every setting by name, so that the compiler asks for one that is added.
  const all: { readonly [K in keyof Required<KafkaEnv>]: KafkaEnv[K] } = {
    KAFKA_BROKERS,
    KAFKA_COMPRESSION,
    KAFKA_TOPIC_PREFIX,
    KAFKA_SASL_MECHANISM,
    KAFKA_SASL_USERNAME,
    KAFKA_SASL_PASSWORD,
    KAFKA_TLS,
    KAFKA_TLS_CA_FILE,
    KAFKA_TLS_CERT_FILE,
    KAFKA_TLS_KEY_FILE,
  };
  return all;
}

/** What lies in the files that KAFKA_TLS_* name. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the files; null without KAFKA_TLS. Throws an error that names the variable whose file cannot be read or is no PEM. */
export function tlsFiles(config: KafkaEnv): TlsFiles | null {
  if (!config.KAFKA_TLS) return null;
  const read = (name: 'KAFKA_TLS_CA_FILE' | 'KAFKA_TLS_CERT_FILE' | 'KAFKA_TLS_KEY_FILE', what: string) => {
    const file = config[name];
    if (file === undefined) return undefined;
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      throw new Error(`${name}: ${file} cannot be read (${code}); expected ${what} as a PEM file`);
    }
    if (!text.includes('-----BEGIN ')) throw new Error(`${name}: ${file} is no PEM file; expected ${what}`);
    return text;
  };
  const ca = read('KAFKA_TLS_CA_FILE', 'the certificates to trust');
  const cert = read('KAFKA_TLS_CERT_FILE', 'this client’s certificate');
  const key = read('KAFKA_TLS_KEY_FILE', 'the key of this client’s certificate');
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) };
}

/**
 * What is wrong with KAFKA_* taken together, a line each, beginning with the variable. Half a setting is refused: it
 * would connect without what it was meant to protect.
 */
export function kafkaSettingProblems(config: KafkaEnv): string[] {
  const problems: string[] = [];
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD: password } = config;
  if (mechanism !== undefined) {
    if (user === undefined)
      problems.push(`KAFKA_SASL_USERNAME: expected a name with KAFKA_SASL_MECHANISM ${mechanism}`);
    if (password === undefined)
      problems.push(`KAFKA_SASL_PASSWORD: expected a password with KAFKA_SASL_MECHANISM ${mechanism}`);
  } else if (user !== undefined || password !== undefined)
    problems.push(
      'KAFKA_SASL_MECHANISM: expected plain, scram-sha-256 or scram-sha-512 with KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
    );
  const named = (['KAFKA_TLS_CA_FILE', 'KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE'] as const).filter(
    (name) => config[name] !== undefined,
  );
  if (!config.KAFKA_TLS && named.length > 0) problems.push(`KAFKA_TLS: expected true with ${named.join(' and ')}`);
  if ((config.KAFKA_TLS_CERT_FILE === undefined) !== (config.KAFKA_TLS_KEY_FILE === undefined))
    problems.push('KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE: expected both or neither');
  try {
    tlsFiles(config);
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  return problems;
}
