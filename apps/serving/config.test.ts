import { describe, expect, it } from 'vitest';
import { ServingEnv, servingConfig } from './config.js';

const config = (env: Record<string, string>) =>
  servingConfig(
    ServingEnv.parse({ KAFKA_BROKERS: 'localhost:9092', ARTIFACTS_URL: 'file:///a', RATCHET_HOME: '/home', ...env }),
  );

describe('an instance', () => {
  it('is called by its address, and keeps its things in a folder of that name', () => {
    expect(config({})).toMatchObject({
      instance: '127.0.0.1:7410',
      url: 'http://127.0.0.1:7410',
      folder: '/home/serving/127.0.0.1_7410',
    });
    expect(config({ INSTANCE_ID: 'a', ADVERTISED_URL: 'http://a' })).toMatchObject({ instance: 'a', url: 'http://a' });
    expect(config({ PORT: '0' }).instance).not.toBe(config({ PORT: '0' }).instance);
  });

  it.each([
    ['127.0.0.1', true],
    ['localhost', true],
    ['::1', true],
    ['0.0.0.0', false],
    ['10.0.0.7', false],
    ['::', false],
  ])('bound to %s is open to this machine only: %s', (HOST, loopback) => {
    expect(config({ HOST }).loopback).toBe(loopback);
  });
});
