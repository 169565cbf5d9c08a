import { join } from 'node:path';
import { Client, credentials, Metadata, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { REPOSITORY } from '../../deploy/local/repository.js';

export const PROTO = join(REPOSITORY, 'apps/serving/grpc/open-inference.proto');
export const SERVICE = 'inference.GRPCInferenceService';

function definition(): ServiceDefinition {
  const found = loadSync(PROTO, { keepCase: true })[SERVICE];
  if (found === undefined || 'format' in found) throw new Error(`${PROTO} does not define ${SERVICE}`);
  return found;
}

/** Asks for predictions over gRPC. */
export class GrpcClient {
  private readonly client: Client;
  private readonly method;

  constructor(
    address: string,
    private readonly token?: string,
  ) {
    this.client = new Client(address, credentials.createInsecure());
    const { ModelInfer } = definition();
    if (!ModelInfer) throw new Error(`${SERVICE} has no ModelInfer`);
    this.method = ModelInfer;
  }

  /** Rows of the feature `da`; rejects with the error of gRPC. */
  infer(rows: number): Promise<unknown> {
    const { path, requestSerialize, responseDeserialize } = this.method;
    const contents = { fp64_contents: Array.from({ length: rows }, () => 10) };
    const request = {
      model_name: 'backlink-outcome',
      inputs: [{ name: 'da', datatype: 'FP64', shape: [rows], contents }],
    };
    const metadata = new Metadata();
    if (this.token !== undefined) metadata.set('authorization', `Bearer ${this.token}`);
    return new Promise((resolve, reject) => {
      this.client.makeUnaryRequest<unknown, unknown>(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        (error, answer) => (error ? reject(error) : resolve(answer)),
      );
    });
  }

  close(): void {
    this.client.close();
  }
}
