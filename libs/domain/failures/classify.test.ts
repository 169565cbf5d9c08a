import { describe, expect, it } from 'vitest';
import { classifyFailure } from './classify.js';

const error = (fields: object, message = 'it failed'): Error => Object.assign(new Error(message), fields);
const postgres = (code: string): Error => error({ code, severity: 'ERROR' });
const kafka = (name: string, type?: string): Error => error({ name, ...(type ? { type } : {}) });

describe('classifyFailure', () => {
  it.each<[string, unknown]>([
    ['a refused connection', error({ code: 'ECONNREFUSED' })],
    ['a name that cannot be looked up', error({ code: 'EAI_AGAIN' })],
    ['a full disk', error({ code: 'ENOSPC' })],
    ['too many open files', error({ code: 'EMFILE' })],
    ['all addresses refused', new AggregateError([error({ code: 'ECONNREFUSED' })])],
    ['a time-out', error({ name: 'TimeoutError' })],
    ['undici’s time-out', new TypeError('fetch failed', { cause: error({ code: 'UND_ERR_HEADERS_TIMEOUT' }) })],
    ['a server that has too much to do', error({ status: 503 })],
    ['S3 that wants it slower', error({ code: 'SlowDown' })],
    ['Postgres shutting down', postgres('57P01')],
    ['Postgres starting up', postgres('57P03')],
    ['a statement that took too long', postgres('57014')],
    ['a frozen transaction', postgres('25P03')],
    ['a standby', postgres('25006')],
    ['serialisation', postgres('40001')],
    ['a deadlock', postgres('40P01')],
    ['a lock', postgres('55P03')],
    ['Postgres’s full disk', postgres('53100')],
    ['too many connections', postgres('53300')],
    ['a missing migration', postgres('42703')],
    ['a missing right', postgres('42501')],
    ['a damaged disk', postgres('58030')],
    ['TypeORM’s wrapping', error({ driverError: postgres('57P01') })],
    ['a lost connection, in words', new Error('Connection terminated unexpectedly')],
    ['TypeORM’s words for a transaction whose connection is gone', new Error('Query runner already released.')],
    ['a full pool', new Error('timeout exceeded when trying to connect')],
    ['a missing coordinator', kafka('KafkaJSGroupCoordinatorNotFound')],
    ['a retriable answer of Kafka', kafka('KafkaJSProtocolError', 'NOT_ENOUGH_REPLICAS')],
    ['a missing right at Kafka', kafka('KafkaJSProtocolError', 'TOPIC_AUTHORIZATION_FAILED')],
    [
      'Kafka’s wrapping',
      new Error('Kafka: the broker closed the connection.', { cause: kafka('KafkaJSConnectionError') }),
    ],
    ['one who says so', error({ failureKind: 'temporary' })],
  ])('takes %s for temporary', (_, failure) => {
    expect(classifyFailure(failure)).toBe('temporary');
  });

  it.each<[string, unknown]>([
    ['an error of ours', new Error('no such thing')],
    ['a stack that is too deep', new RangeError('Maximum call stack size exceeded')],
    ['a property of null', new TypeError('Cannot read properties of null')],
    ['a NUL in a text', postgres('22021')],
    ['a number that is too large', postgres('22003')],
    ['a row that is there already', postgres('23505')],
    ['a statement that is too complex', postgres('54001')],
    ['what a function of ours refuses', postgres('P0001')],
    ['TypeORM’s wrapping', error({ driverError: postgres('22021') })],
    ['a refused request', error({ status: 404 })],
    ['a message that is too large', kafka('KafkaJSProtocolError', 'MESSAGE_TOO_LARGE')],
    ['no error at all', 'not an error'],
    ['nothing', undefined],
    ['one who says so', error({ failureKind: 'permanent', code: 'ECONNREFUSED' })],
    ['a file’s code that looks like a state', error({ code: 'ENOENT' })],
  ])('takes %s for permanent', (_, failure) => {
    expect(classifyFailure(failure)).toBe('permanent');
  });

  it('comes to an end where errors cause each other', () => {
    const first = error({});
    const second = error({ cause: first });
    Object.assign(first, { cause: second });
    expect(classifyFailure(first)).toBe('permanent');
  });
});
