import { listOperations, type Operation } from './operation.js';
import { OPERATIONS } from './services.js';

/** Where an operation is, and how long its caller waits: all that a client needs of it besides its schemas. */
export interface OperationAddress extends Pick<Operation, 'method' | 'path' | 'slow'> {
  /** Of the answer; `application/json` if left out. */
  readonly contentType?: string | undefined;
}

/** The table without its schemas, by name: what the console is built with, so that the page ships no validator. */
export const ADDRESSES: Readonly<Record<string, OperationAddress>> = Object.fromEntries(
  listOperations(OPERATIONS).map(({ name, method, path, slow, replies: [{ contentType }] }) => [
    name,
    { method, path, ...(slow && { slow }), ...(contentType && { contentType }) },
  ]),
);
