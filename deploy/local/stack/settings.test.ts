import { describe, expect, it } from 'vitest';
import { busyPortMessage, startSettings, wantedPorts } from './settings.js';

describe('startSettings', () => {
  it('takes the documented ports when nothing is set', () => {
    const ports = Object.fromEntries(wantedPorts(startSettings({})).map(({ name, port }) => [name, port]));
    expect(ports).toEqual({
      Kafka: 9092,
      Postgres: 5432,
      registry: 7400,
      'serving-1': 7410,
      'serving-2': 7411,
      'feedback-ingest': 7420,
      trainer: 7430,
      evaluator: 7440,
    });
  });

  it('moves a port by its variable and takes an empty one as unset', () => {
    const settings = startSettings({
      RATCHET_KAFKA_PORT: '19092',
      RATCHET_SERVING_2_PORT: '17411',
      RATCHET_POSTGRES_PORT: '',
    });
    const ports = Object.fromEntries(wantedPorts(settings).map(({ name, port }) => [name, port]));
    expect(ports).toMatchObject({ Kafka: 19092, 'serving-2': 17411, Postgres: 5432 });
  });

  it('answers gRPC where a port for it is given, and gives no port to two', () => {
    const settings = startSettings({ RATCHET_SERVING_GRPC_PORT: '7412' });
    expect(settings.services.filter(({ grpc }) => grpc)).toMatchObject([{ name: 'serving-1', grpc: { port: 7412 } }]);
    expect(wantedPorts(settings)).toContainEqual({
      name: 'gRPC of serving-1',
      port: 7412,
      variable: 'RATCHET_SERVING_GRPC_PORT',
    });
    expect(() => startSettings({ RATCHET_SERVING_2_GRPC_PORT: 'x' })).toThrow(
      /^RATCHET_SERVING_2_GRPC_PORT: expected a port/,
    );
    expect(() => startSettings({ GRPC_PORT: '7412' })).toThrow('start with RATCHET_SERVING_GRPC_PORT=7412 npm start');
  });

  it('uses a Kafka and a Postgres of somebody else, and simulates nothing on them unasked', () => {
    const external = { KAFKA_BROKERS: 'kafka:9092', DATABASE_URL: 'postgres://me@db/ratchet' };
    const settings = startSettings(external);
    expect(settings.kafka).toEqual({ brokers: 'kafka:9092' });
    expect(settings.postgres).toEqual({ url: 'postgres://me@db/ratchet' });
    expect(settings.sampleEngine).toBeNull();
    expect(wantedPorts(settings).map(({ name }) => name)).not.toContain('Kafka');
    expect(startSettings({ ...external, RATCHET_SAMPLE_ENGINE: 'on' }).sampleEngine).toEqual({ flags: [] });
  });

  it('hands flags to the sample engine', () => {
    const flags = '--rate 50  --drift-at 300';
    expect(startSettings({ RATCHET_SAMPLE_ENGINE_FLAGS: flags }).sampleEngine?.flags).toEqual([
      '--rate',
      '50',
      '--drift-at',
      '300',
    ]);
  });

  it('leaves out what somebody else runs, and keeps its address', () => {
    const settings = startSettings({}, ['--without', 'trainer', '--no-sample-engine']);
    expect(settings.services.filter(({ runs }) => !runs)).toMatchObject([{ name: 'trainer', port: 7430 }]);
    expect(wantedPorts(settings).map(({ name }) => name)).not.toContain('trainer');
    expect(settings.sampleEngine).toBeNull();
    expect(() => startSettings({}, ['--without', 'cook'])).toThrow(
      '--without cook: expected one of registry, serving-1',
    );
    expect(() => startSettings({}, ['--wihtout', 'trainer'])).toThrow('--wihtout');
  });

  it('names every bad variable', () => {
    const bad = { RATCHET_KAFKA_PORT: 'nine', RATCHET_TRAINER_PORT: '70000', RATCHET_SAMPLE_ENGINE: 'yes' };
    expect(() => startSettings(bad)).toThrow('RATCHET_KAFKA_PORT: expected a port number; it is "nine"');
    expect(() => startSettings(bad)).toThrow(/^RATCHET_SAMPLE_ENGINE: .*; it is "yes"$/m);
    expect(() => startSettings(bad)).toThrow(/^RATCHET_TRAINER_PORT: .*; it is "70000"$/m);
  });
});

describe('busyPortMessage', () => {
  it('says which port, who needs it, and how to move it', () => {
    expect(busyPortMessage({ name: 'Kafka', port: 9092, variable: 'RATCHET_KAFKA_PORT' }, 40123)).toBe(
      'Port 9092, which Kafka needs, is in use by another program: stop that one, or start with another port: RATCHET_KAFKA_PORT=40123 npm start.',
    );
  });
});
