import { describe, expect, it } from 'vitest';
import type { KafkaEnv } from '#platform/config';
import { explainKafkaFailure } from './explain-failure.js';

/** As kafkajs makes them; test/e2e/kafka-security.test.ts meets the real ones. */
function failure(name: string, message: string, more: { code?: string; type?: string; cause?: Error } = {}): Error {
  const { cause, ...rest } = more;
  return Object.assign(new Error(message, { cause }), { name, ...rest });
}

const config: KafkaEnv = {
  KAFKA_BROKERS: ['kafka-1:9093'],
  KAFKA_TLS: true,
  KAFKA_SASL_MECHANISM: 'plain',
  KAFKA_SASL_USERNAME: 'registry',
  KAFKA_SASL_PASSWORD: 'a-secret',
};

describe('explainKafkaFailure', () => {
  it.each<[string, Error, RegExp]>([
    [
      'a refused password behind exhausted retries',
      failure('KafkaJSNumberOfRetriesExceeded', 'SASL PLAIN authentication failed', {
        cause: failure('KafkaJSSASLAuthenticationError', 'SASL PLAIN authentication failed: Authentication failed'),
      }),
      /^KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: .*"registry".* plain$/,
    ],
    [
      'an unknown authority',
      failure('KafkaJSConnectionError', 'Connection error: self-signed certificate', {
        code: 'SELF_SIGNED_CERT_IN_CHAIN',
      }),
      /^KAFKA_TLS_CA_FILE is not set/,
    ],
    [
      'an expired certificate',
      failure('KafkaJSConnectionError', 'Connection error: certificate has expired', { code: 'CERT_HAS_EXPIRED' }),
      /has expired/,
    ],
    [
      'a forbidden group',
      failure('KafkaJSProtocolError', 'Not authorized to access group', { type: 'GROUP_AUTHORIZATION_FAILED' }),
      /does not allow "registry" .* this consumer group .*deploy\/kafka\/acls\.sh/,
    ],
    ['a closed connection', failure('KafkaJSConnectionClosedError', 'Closed connection'), /closed the connection$/],
  ])('names the setting of %s', (_, error, sentence) => {
    const explanation = explainKafkaFailure(error, config);
    expect(explanation).toMatch(sentence);
    expect(explanation).not.toContain('a-secret');
  });

  it.each<[string, unknown]>([
    ['a broker that is away', failure('KafkaJSConnectionError', 'connect ECONNREFUSED', { code: 'ECONNREFUSED' })],
    ['a time-out', failure('KafkaJSRequestTimeoutError', 'Request Metadata timed out')],
    ['something else', 'a text'],
  ])('leaves %s in its own words', (_, error) => {
    expect(explainKafkaFailure(error, config)).toBeNull();
  });
});
