import { endianness } from 'node:os';
import type { AnnouncedInput } from './json-tensors.js';
import { NUMBER_FORMATS, type NumberDatatype } from './number-formats.js';
import { elementCount, InferRequestError, type Tensor } from './tensor.js';

/**
 * The binary tensor data extension (docs of NVIDIA Triton, protocol/extension_binary_data): little-endian values one
 * after the other; each element of BYTES is its length in 32 bits and its bytes.
 */
export function tensorOfBytes(
  { name, datatype, shape }: Omit<AnnouncedInput, 'data' | 'binarySize'>,
  bytes: Buffer,
): Tensor {
  const count = elementCount(shape);
  if (datatype === 'BYTES') return { name, datatype, shape, data: textsOf(name, bytes, count) };
  const expected = count * NUMBER_FORMATS[datatype].bytes;
  if (bytes.length !== expected)
    throw new InferRequestError(
      `input "${name}": shape [${shape.join(', ')}] of ${datatype} takes ${expected} bytes, got ${bytes.length}`,
    );
  if (datatype === 'BOOL') {
    const wrong = bytes.findIndex((byte) => byte > 1);
    if (wrong >= 0) throw new InferRequestError(`input "${name}": value ${wrong} is ${bytes[wrong]}, expected 0 or 1`);
  }
  return { name, datatype, shape, data: numbersOf(datatype, bytes, count) };
}

/** The bytes of typed arrays are those of the extension. */
const SAME_BYTES = endianness() === 'LE';

function numbersOf(datatype: NumberDatatype, bytes: Buffer, count: number): ArrayLike<number> {
  if (SAME_BYTES && (datatype === 'FP32' || datatype === 'FP64')) {
    const out = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
    // Copied, because they need not lie where such numbers may.
    new Uint8Array(out.buffer).set(bytes);
    return out;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readerOf(datatype, view);
  const out = datatype === 'FP32' ? new Float32Array(count) : new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = read(i);
  return out;
}

function readerOf(datatype: NumberDatatype, view: DataView): (i: number) => number {
  switch (datatype) {
    case 'BOOL':
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
    case 'BF16':
      return bfloatReader(view);
    case 'FP32':
      return (i) => view.getFloat32(i * 4, true);
    case 'FP64':
      return (i) => view.getFloat64(i * 8, true);
  }
}

/** The upper half of a float32. */
function bfloatReader(view: DataView): (i: number) => number {
  const scratch = new DataView(new ArrayBuffer(4));
  return (i) => {
    scratch.setUint16(0, view.getUint16(i * 2, true));
    return scratch.getFloat32(0);
  };
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

function littleEndian(numbers: Float64Array): Buffer {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return SAME_BYTES ? bytes : Buffer.from(bytes).swap64();
}

/** The bytes of an output. Outputs are FP64 or BYTES. */
export function bytesOf(tensor: Tensor): Buffer {
  if (tensor.datatype !== 'BYTES') {
    const numbers = tensor.data instanceof Float64Array ? tensor.data : Float64Array.from(tensor.data);
    return littleEndian(numbers);
  }
  const texts = tensor.data.map((text) => text ?? '');
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + 4 + Buffer.byteLength(text), 0));
  let at = 0;
  for (const text of texts) {
    const length = bytes.write(text, at + 4, 'utf8');
    bytes.writeUInt32LE(length, at);
    at += 4 + length;
  }
  return bytes;
}
