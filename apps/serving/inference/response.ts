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
        throw unknownOutput(name);
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
  const binaryByDefault = header.parameters.binary_data_output === true;
  const binaries: Buffer[] = [];
  let outputs = '';
  const add = (name: string, binary: boolean): void => {
    if (outputs !== '') outputs += ',';
    if (!binary) {
      outputs += jsonOutput(name, scores);
      return;
    }
    for (const tensor of outputTensors(scores, [name])) {
      const bytes = bytesOf(tensor);
      binaries.push(bytes);
      outputs += `{${about(tensor)},"parameters":{"binary_data_size":${bytes.length}}}`;
    }
  };
  if (header.outputs === null) for (const name of OUTPUTS) add(name, binaryByDefault);
  else for (const { name, binary } of header.outputs) add(name, binary);
  const id = header.id === undefined ? '' : `"id":${JSON.stringify(header.id)},`;
  const text = `{${served.inferNames},${id}"parameters":${JSON.stringify(parameters)},"outputs":[${outputs}]}`;
  if (binaries.length === 0) return { body: text, headerLength: null };
  const json = Buffer.from(text, 'utf8');
  return { body: Buffer.concat([json, ...binaries]), headerLength: json.length };
}

const about = ({ name, datatype, shape }: Pick<Tensor, 'name' | 'datatype' | 'shape'>): string =>
  `"name":"${name}","datatype":"${datatype}","shape":[${shape.join(',')}]`;

/** An output as JSON, without making a tensor of it first. Probabilities are finite. */
function jsonOutput(name: string, { rows, labels, probabilities }: BatchScores): string {
  let data = '';
  switch (name) {
    case 'probabilities':
      for (let i = 0; i < probabilities.length; i++) data += i === 0 ? `${probabilities[i]}` : `,${probabilities[i]}`;
      return `{${about({ name, datatype: 'FP64', shape: [rows, labels.length] })},"data":[${data}]}`;
    case 'decision': {
      const texts = labels.map((label) => JSON.stringify(label));
      for (let r = 0; r < rows; r++)
        data += `${r === 0 ? '' : ','}${texts[highest(probabilities, r * labels.length, labels.length)] ?? '""'}`;
      return `{${about({ name, datatype: 'BYTES', shape: [rows] })},"data":[${data}]}`;
    }
    default:
      throw unknownOutput(name);
  }
}

const unknownOutput = (name: string): InferRequestError =>
  new InferRequestError(`output "${name}": expected ${OUTPUTS.join(' or ')}`);
