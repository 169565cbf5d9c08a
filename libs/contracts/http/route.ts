import type { z } from 'zod';
import type { Role } from './registry.js';

/** `none` needs no token; `viewer-off-loopback` needs one of viewer only where the service listens beyond loopback. */
export type RouteAccess = Role | 'none' | 'viewer-off-loopback';

export interface RouteReply {
  readonly status: number;
  readonly description: string;
  /** Left out where the body is no JSON or there is none. */
  readonly schema?: z.ZodType;
  /** `application/json` if left out. */
  readonly contentType?: string;
}

/** One HTTP operation of a service, as published in docs/openapi. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With parameters in braces, like `/v1/models/{model}`. */
  readonly path: string;
  /** Unique over all services. */
  readonly operation: string;
  readonly tag: string;
  readonly access: RouteAccess;
  readonly summary: string;
  readonly description?: string;
  /** One schema per parameter in braces. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: {
    readonly description: string;
    readonly schema?: z.ZodType;
    readonly contentTypes?: readonly string[];
    /** True if the body may be left out. */
    readonly optional?: boolean;
  };
  readonly replies: readonly RouteReply[];
  /** What errors look like, where they are no problem details. */
  readonly errors?: z.ZodType;
  /** Statuses answered with an error, beyond 401 and 403 (from `access`) and 400 (where there is input). */
  readonly problems?: Readonly<Record<number, string>>;
}
