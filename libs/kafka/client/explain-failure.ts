import type { KafkaEnv } from '#platform/config';

/** What kafkajs's errors carry that says what happened. */
interface Symptoms {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly type: string;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The error and what it wraps, outermost first. */
function chain(error: unknown): Symptoms[] {
  const found: Symptoms[] = [];
  for (let at = error; at instanceof Error && found.length < 8; at = at.cause)
    found.push({
      name: at.name,
      message: at.message,
      code: 'code' in at ? text(at.code) : '',
      type: 'type' in at ? text(at.type) : '',
    });
  return found;
}

/** Node's codes for a certificate that does not lead to a trusted one. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function sasl({ message }: Symptoms, config: KafkaEnv): string {
  const { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: user } = config;
  return /mechanism is not supported|does not support/i.test(message)
    ? `KAFKA_SASL_MECHANISM: the broker does not offer ${mechanism}`
    : `KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the broker does not accept "${user}" with this password by ${mechanism}`;
}

function tls({ code, message }: Symptoms, config: KafkaEnv): string | null {
  const { KAFKA_TLS_CA_FILE: ca, KAFKA_TLS_CERT_FILE: cert } = config;
  if (UNTRUSTED.has(code))
    return ca === undefined
      ? 'KAFKA_TLS_CA_FILE is not set, and the broker’s certificate is not one this system trusts; set it to the PEM file of the authority that signed it'
      : `KAFKA_TLS_CA_FILE: the broker’s certificate is not signed by an authority in ${ca}`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `KAFKA_BROKERS: the broker’s certificate is for other names (${message.replace(/^.*altnames: */i, '')})`;
  if (code === 'CERT_HAS_EXPIRED') return 'the broker’s certificate has expired';
  if (/wrong version number|packet length too long|disconnected before secure TLS/i.test(message))
    return 'KAFKA_TLS is true, and there is no TLS at the other end: does the listener in KAFKA_BROKERS speak it?';
  if (/certificate required|bad certificate|unknown ca|handshake failure/i.test(`${code} ${message}`))
    return cert === undefined
      ? 'KAFKA_TLS_CERT_FILE and KAFKA_TLS_KEY_FILE are not set, and the broker wants a certificate of its clients'
      : `KAFKA_TLS_CERT_FILE: the broker does not accept the certificate in ${cert}`;
  return null;
}

function closed(config: KafkaEnv): string {
  if (!config.KAFKA_TLS) return 'the broker closed the connection: KAFKA_TLS is false; does its listener want TLS?';
  if (config.KAFKA_SASL_MECHANISM === undefined)
    return 'the broker closed the connection: does its listener want a name and a password (KAFKA_SASL_MECHANISM) or a certificate (KAFKA_TLS_CERT_FILE)?';
  return 'the broker closed the connection';
}

function denied({ message, type }: Symptoms, config: KafkaEnv): string {
  const who = config.KAFKA_SASL_USERNAME === undefined ? 'this client' : `"${config.KAFKA_SASL_USERNAME}"`;
  const what = type === 'GROUP_AUTHORIZATION_FAILED' ? 'this consumer group' : 'a topic';
  return `the broker does not allow ${who} what it wants of ${what} (${message}); deploy/kafka/acls.sh gives every service what it needs`;
}

/** What a failure of Kafka comes down to, naming the variable to look at; null where kafkajs's own words are as good. */
export function explainKafkaFailure(error: unknown, config: KafkaEnv): string | null {
  for (const symptoms of chain(error)) {
    if (symptoms.name === 'KafkaJSSASLAuthenticationError' || symptoms.type === 'UNSUPPORTED_SASL_MECHANISM')
      return sasl(symptoms, config);
    if (symptoms.type === 'ILLEGAL_SASL_STATE')
      return 'KAFKA_SASL_MECHANISM is not set, and the broker’s listener wants a name and a password';
    if (symptoms.type.endsWith('_AUTHORIZATION_FAILED')) return denied(symptoms, config);
    const about = tls(symptoms, config);
    if (about !== null) return about;
    if (symptoms.name === 'KafkaJSConnectionClosedError' || /closed (by the server|connection)/i.test(symptoms.message))
      return closed(config);
  }
  return null;
}
