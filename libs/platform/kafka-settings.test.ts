import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type KafkaEnv, kafkaSettingProblems, tlsFiles } from './kafka-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'ratchet-kafka-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const pem = file('ca.pem', '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n');
const plain: KafkaEnv = { KAFKA_BROKERS: ['kafka-1:9093'], KAFKA_TLS: false };
const tls: KafkaEnv = { ...plain, KAFKA_TLS: true };
const sasl = { KAFKA_SASL_USERNAME: 'registry', KAFKA_SASL_PASSWORD: 'secret' };

describe('kafkaSettingProblems', () => {
  it.each<[string, KafkaEnv]>([
    ['nothing', plain],
    ['TLS with the system’s authorities', tls],
    ['an authority', { ...tls, KAFKA_TLS_CA_FILE: pem }],
    ['a client’s certificate', { ...tls, KAFKA_TLS_CERT_FILE: pem, KAFKA_TLS_KEY_FILE: pem }],
    ['a codec', { ...plain, KAFKA_COMPRESSION: 'lz4' }],
    ['SCRAM without TLS', { ...plain, ...sasl, KAFKA_SASL_MECHANISM: 'scram-sha-512' }],
    ['a password over TLS', { ...tls, ...sasl, KAFKA_SASL_MECHANISM: 'plain' }],
  ])('takes %s', (_, config) => {
    expect(kafkaSettingProblems(config)).toEqual([]);
  });

  it.each<[string, KafkaEnv, RegExp]>([
    ['no user', { ...tls, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'x' }, /^KAFKA_SASL_USERNAME: /],
    ['no password', { ...tls, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'x' }, /^KAFKA_SASL_PASSWORD: /],
    ['a user without a mechanism', { ...tls, ...sasl }, /^KAFKA_SASL_MECHANISM: expected plain, scram-sha-256/],
    ['an authority without TLS', { ...plain, KAFKA_TLS_CA_FILE: pem }, /^KAFKA_TLS: .* KAFKA_TLS_CA_FILE$/],
    ['a certificate without its key', { ...tls, KAFKA_TLS_CERT_FILE: pem }, /KAFKA_TLS_KEY_FILE: expected both/],
    ['a missing file', { ...tls, KAFKA_TLS_CA_FILE: '/nowhere/ca.pem' }, /^KAFKA_TLS_CA_FILE: .*\(ENOENT\).*PEM/],
    ['another kind of file', { ...tls, KAFKA_TLS_CA_FILE: file('ca.der', '0\u0082') }, /ca\.der is no PEM file/],
  ])('refuses %s', (_, config, line) => {
    const problems = kafkaSettingProblems(config);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(line);
    expect(problems[0]).not.toContain('secret');
  });
});

it('reads what the variables name', () => {
  expect(tlsFiles(plain)).toBeNull();
  expect(tlsFiles({ ...tls, KAFKA_TLS_CA_FILE: pem })).toEqual({ ca: expect.stringContaining('BEGIN CERTIFICATE') });
});
