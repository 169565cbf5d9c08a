import { z } from 'zod';
import { Actor, Role, Timestamp } from '../primitives.js';
import { defineOperations } from './operation.js';

/** `GET /v1/whoami`: whose token this is. */
export const Whoami = z.object({ name: Actor, role: Role }).meta({ id: 'Whoami' });
export type Whoami = z.infer<typeof Whoami>;

/** `POST /v1/tokens`; the token itself is shown once. */
export const TokenBody = z.object({ name: Actor, role: Role }).meta({ id: 'TokenBody' });

export const TokenCreated = z.object({ name: Actor, role: Role, token: z.string() }).meta({ id: 'TokenCreated' });

/** SHA-256 of a token, in hexadecimal. A token is 32 random bytes: its hash tells nothing about it. */
const TokenHash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** `GET /v1/tokens`: a token that was given out, never the token itself. */
export const TokenRecord = z
  .object({
    name: Actor,
    role: Role,
    sha256: TokenHash,
    created_at: Timestamp,
    created_by: Actor,
    /** Null while it is taken. */
    revoked_at: Timestamp.nullable(),
  })
  .meta({ id: 'TokenRecord' });
export type TokenRecord = z.infer<typeof TokenRecord>;

/** The file that TOKENS_FILE names: who may ask an instance that has no database. `ratchet token export` writes it. */
export const TokensFile = z.array(z.object({ name: z.string(), role: Role, sha256: TokenHash }));
export type TokensFile = z.infer<typeof TokensFile>;

/** Who may do what. */
export const ACCESS_OPERATIONS = defineOperations({
  whoAmI: {
    method: 'GET',
    path: '/v1/whoami',
    tag: 'access',
    access: 'viewer',
    summary: 'Name and role of the token that asks.',
    replies: [{ status: 200, description: 'Its name and role.', schema: Whoami }],
  },
  createToken: {
    method: 'POST',
    path: '/v1/tokens',
    tag: 'access',
    access: 'admin',
    summary: 'Creates a token; it is shown this once and stored only as a hash.',
    body: { description: 'For whom, and what they may do.', schema: TokenBody },
    replies: [{ status: 201, description: 'The token.', schema: TokenCreated }],
    problems: { 409: 'The name is taken.' },
  },
  listTokens: {
    method: 'GET',
    path: '/v1/tokens',
    tag: 'access',
    access: 'admin',
    summary: 'Tokens that were given out, with their hashes, the newest first.',
    replies: [{ status: 200, description: 'The tokens, those revoked among them.', schema: z.array(TokenRecord) }],
  },
  revokeToken: {
    method: 'DELETE',
    path: '/v1/tokens/{name}',
    tag: 'access',
    access: 'admin',
    summary: 'Revokes a token; it opens nothing from five seconds later on. Its name is not given out again.',
    params: z.object({ name: Actor }),
    replies: [{ status: 200, description: 'The token as it now is.', schema: TokenRecord }],
    problems: { 404: 'There is no such token.', 409: 'It is the token of this installation.' },
  },
});
