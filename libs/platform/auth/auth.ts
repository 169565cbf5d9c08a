import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { Role } from '#contracts/primitives';
import { ProblemError } from '../problem.js';

export interface Principal {
  name: string;
  role: Role;
}

/** Knows which tokens are good. Each service provides one. */
export interface TokenVerifier {
  verify(token: string): Promise<Principal | null>;
}

export const TOKEN_VERIFIER = Symbol('TOKEN_VERIFIER');

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

declare module 'fastify' {
  interface FastifyRequest {
    principal?: Principal;
  }
}

/** Tokens are random, 32 bytes: a plain hash is enough, and it can be looked up. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The bearer token of an Authorization header, or null. */
export function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer +(\S+)$/i.exec(header ?? '');
  return match?.[1] ?? null;
}

/** Throws 401 without a good token, 403 when its role is too small. */
export async function authorize(verifier: TokenVerifier, header: string | undefined, needed: Role): Promise<Principal> {
  const token = bearerToken(header);
  if (token === null)
    throw new ProblemError(
      401,
      'Not signed in',
      'Send a token as "Authorization: Bearer TOKEN"; locally it is in .ratchet/token.',
    );
  const principal = await verifier.verify(token);
  if (principal === null)
    throw new ProblemError(401, 'Not signed in', 'This token is not known here; it may have been replaced.');
  if (RANK[principal.role] < RANK[needed])
    throw new ProblemError(
      403,
      'Not allowed',
      `This needs the role ${needed}; the token "${principal.name}" has ${principal.role}.`,
    );
  return principal;
}

/** Who made this request; only where the operation needs a role. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal)
    throw new ProblemError(401, 'Not signed in', 'Send a token as "Authorization: Bearer TOKEN".');
  return request.principal;
}
