import { connect } from 'node:net';

const API_VERSIONS = 18;
const CORRELATION = 7;

/** An ApiVersions request, version 0, of a client without a name: https://kafka.apache.org/protocol#The_Messages_ApiVersions */
function apiVersionsRequest(): Buffer {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0);
  request.writeInt16BE(API_VERSIONS, 4);
  request.writeInt16BE(0, 6);
  request.writeInt32BE(CORRELATION, 8);
  request.writeInt16BE(-1, 12);
  return request;
}

/**
 * Whether a Kafka broker answers on this loopback port. A KRaft broker takes requests only once it has joined its
 * controller, so an answer means that it is ready, and something else listening there is not taken for one.
 */
export function kafkaAnswers(port: number, timeoutMs = 2000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    let received = Buffer.alloc(0);
    socket.setTimeout(timeoutMs, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write(apiVersionsRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      // Length, correlation id, error code.
      if (received.length >= 10) finish(received.readInt32BE(4) === CORRELATION && received.readInt16BE(8) === 0);
    });
  });
}
