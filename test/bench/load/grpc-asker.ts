import { Client, credentials } from '@grpc/grpc-js';
import type { Asker } from './asker.js';

const asItIs = (bytes: Buffer): Buffer => bytes;

/** Sends messages that are serialised already, and reads no more of an answer than that it came. */
export async function grpcAsker(host: string, port: number, method: string): Promise<Asker> {
  const client = new Client(`${host}:${port}`, credentials.createInsecure(), {
    // Else all clients of a process share one connection.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
  });
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(method, asItIs, asItIs, request, (error) => (error ? reject(error) : resolve(true)));
      }),
    close: () => client.close(),
  };
}
