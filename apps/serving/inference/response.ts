import { highest } from '../models/highest.js';
import type { ServedVersion } from '../models/served-version.js';
import { bytesOf } from './binary-tensors.js';
import type { BatchScores } from './infer.js';
import type { InferHeader, Parameters } from './json-tensors.js';
import { InferRequestError, type Tensor } from './tensor.js';

/** The outputs a caller may ask for. */
export const OUTPUTS = ['probabilities', 'decision'] as const;

/** The outputs of a batch, in the order they were asked for. */
export function outputTensors({ rows, labels, probabilities }: BatchScores, names: readonly string[]): Tensor[] {
  return names.map((name): Tensor => {
    switch (name) {
      case 'probabilities':
        return { name, datatype: 'FP64', shape: [rows, labels.length], data: probabilities };
      case 'decision':
        return { name, datatype: 'BYTES', shape: [rows], data: decisions(rows, labels, probabilities) };
      default:
        throw new InferRequestError(`output "${name}": expected ${OUTPUTS.join(' or ')}`);
    }
  });
}

function decisions(rows: number, labels: readonly string[], probabilities: Float64Array): string[] {
  const width = labels.length;
  const decided: string[] = [];
  for (let r = 0; r < rows; r++) decided.push(labels[highest(probabilities, r * width, width)] ?? '');
  return decided;
}

export interface InferAnswer {
  readonly body: string | Buffer;
  /** Bytes of JSON in front of the binary tensors; null when all is JSON. */
  readonly headerLength: number | null;
}

/** Answers in JSON, with the tensors that were asked for in binary behind it. */
export function encodeAnswer(
  header: InferHeader,
  served: ServedVersion,
  parameters: Parameters,
  scores: BatchScores,
): InferAnswer {
  const requested =
    header.outputs ?? OUTPUTS.map((name) => ({ name, binary: header.parameters.binary_data_output === true }));
  const tensors = outputTensors(
    scores,
    requested.map(({ name }) => name),
  );
  const binaries: Buffer[] = [];
  const outputs = tensors.map((tensor, i) => {
    const about = `{"name":"${tensor.name}","datatype":"${tensor.datatype}","shape":[${tensor.shape.join(',')}]`;
    if (requested[i]?.binary !== true) return `${about},"data":[${jsonValues(tensor)}]}`;
    const bytes = bytesOf(tensor);
    binaries.push(bytes);
    return `${about},"parameters":{"binary_data_size":${bytes.length}}}`;
  });
  const id = header.id === undefined ? '' : `"id":${JSON.stringify(header.id)},`;
  const names = `"model_name":${JSON.stringify(served.model)},"model_version":"${served.ref.version}"`;
  const text = `{${names},${id}"parameters":${JSON.stringify(parameters)},"outputs":[${outputs.join(',')}]}`;
  if (binaries.length === 0) return { body: text, headerLength: null };
  const json = Buffer.from(text, 'utf8');
  return { body: Buffer.concat([json, ...binaries]), headerLength: json.length };
}

/** The values of a tensor as JSON, without the brackets. Probabilities are finite. */
function jsonValues(tensor: Tensor): string {
  if (tensor.datatype === 'BYTES') return tensor.data.map((text) => JSON.stringify(text)).join(',');
  let text = '';
  for (let i = 0; i < tensor.data.length; i++) text += i === 0 ? `${tensor.data[i]}` : `,${tensor.data[i]}`;
  return text;
}
