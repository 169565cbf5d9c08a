import type { z } from 'zod';
import type { Role } from '../primitives.js';

/** `none` needs no token; `viewer-off-loopback` needs one of viewer only where the service listens beyond loopback. */
export type Access = Role | 'none' | 'viewer-off-loopback';

export interface OperationReply {
  readonly status: number;
  readonly description: string;
  /** Left out where the body is no JSON or there is none. */
  readonly schema?: z.ZodType;
  /** `application/json` if left out. */
  readonly contentType?: string;
}

/**
 * One HTTP operation: all that its handler, its callers and docs/openapi say about it. The name is its key in the
 * area's table, unique over all services.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With parameters in braces, like `/v1/models/{model}`. */
  readonly path: string;
  readonly tag: string;
  readonly access: Access;
  readonly summary: string;
  readonly description?: string;
  /** One schema per parameter in braces. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: {
    readonly description: string;
    /** Left out where the body is a file. */
    readonly schema?: z.ZodType;
    readonly contentTypes?: readonly string[];
    /** True if the body may be left out. */
    readonly optional?: boolean;
  };
  /** The first one is what success looks like; a client gets what its schema makes of the body. */
  readonly replies: readonly [OperationReply, ...OperationReply[]];
  /** What errors look like, where they are no problem details. */
  readonly errors?: z.ZodType;
  /** Statuses answered with an error, beyond 401 and 403 (from `access`) and 400 (where there is input). */
  readonly problems?: Readonly<Record<number, string>>;
  /** Minutes may pass before the answer begins; who calls waits as long. */
  readonly slow?: true;
}

export type Operations = Readonly<Record<string, Operation>>;

/** An area's table. It keeps the type of every path, schema and status for handlers and callers. */
export const defineOperations = <const Table extends Operations>(table: Table): Table => table;

/** An operation beside its name. */
export type NamedOperation = Operation & { readonly name: string };

export const listOperations = (table: Operations): NamedOperation[] =>
  Object.entries(table).map(([name, operation]) => ({ name, ...operation }));
