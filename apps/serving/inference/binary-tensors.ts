import type { Datatype } from '#contracts/http/inference';
import type { AnnouncedInput } from './json-tensors.js';
import { elementCount, InferRequestError, type Tensor } from './tensor.js';

/**
 * The binary tensor data extension (docs of NVIDIA Triton, protocol/extension_binary_data): little-endian values one
 * after the other; each element of BYTES is its length in 32 bits and its bytes.
 */
const SIZES: Record<Exclude<Datatype, 'BYTES'>, number> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
};

export function tensorOfBytes(
  { name, datatype, shape }: Omit<AnnouncedInput, 'data' | 'binarySize'>,
  bytes: Buffer,
): Tensor {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return { name, datatype, shape, data: textsOf(name, bytes, count) };
  const expected = count * SIZES[datatype];
  if (bytes.length !== expected)
    throw new InferRequestError(
      `input "${name}": shape [${shape.join(', ')}] of ${datatype} takes ${expected} bytes, got ${bytes.length}`,
    );
  return { name, datatype, shape, data: numbersOf(datatype, bytes, count) };
}

function numbersOf(datatype: Exclude<Datatype, 'BYTES'>, bytes: Buffer, count: number): ArrayLike<number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readerOf(datatype, view);
  const out = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = read(i);
  return out;
}

function readerOf(datatype: Exclude<Datatype, 'BYTES'>, view: DataView): (i: number) => number {
  switch (datatype) {
    case 'BOOL':
      return (i) => (view.getUint8(i) === 0 ? 0 : 1);
    case 'UINT8':
      return (i) => view.getUint8(i);
    case 'UINT16':
      return (i) => view.getUint16(i * 2, true);
    case 'UINT32':
      return (i) => view.getUint32(i * 4, true);
    case 'UINT64':
      return (i) => Number(view.getBigUint64(i * 8, true));
    case 'INT8':
      return (i) => view.getInt8(i);
    case 'INT16':
      return (i) => view.getInt16(i * 2, true);
    case 'INT32':
      return (i) => view.getInt32(i * 4, true);
    case 'INT64':
      return (i) => Number(view.getBigInt64(i * 8, true));
    case 'FP16':
      return (i) => halfToNumber(view.getUint16(i * 2, true));
    case 'FP32':
      return (i) => view.getFloat32(i * 4, true);
    case 'FP64':
      return (i) => view.getFloat64(i * 8, true);
  }
}

/** IEEE 754 binary16. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

function textsOf(name: string, bytes: Buffer, count: number): string[] {
  const texts: string[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + 4 <= bytes.length ? at + 4 + bytes.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (end > bytes.length)
      throw new InferRequestError(`input "${name}": its bytes end within element ${i} of ${count}`);
    texts.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  if (at !== bytes.length)
    throw new InferRequestError(`input "${name}": has ${bytes.length - at} bytes more than its ${count} elements`);
  return texts;
}

/** The bytes of an output. Outputs are FP64 or BYTES. */
export function bytesOf(tensor: Tensor): Buffer {
  if (tensor.datatype !== 'BYTES') {
    return Buffer.from(Float64Array.from(tensor.data).buffer);
  }
  const parts: Buffer[] = [];
  for (let i = 0; i < tensor.data.length; i++) {
    const text = Buffer.from(String(tensor.data[i]), 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(text.length);
    parts.push(length, text);
  }
  return Buffer.concat(parts);
}
