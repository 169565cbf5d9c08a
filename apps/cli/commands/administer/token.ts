import { Option } from 'commander';
import { z } from 'zod';
import type { TokensFile } from '#contracts/http/access';
import { TokenBody } from '#contracts/http/access';
import { Role } from '#contracts/primitives';
import { type CommandFactory, defineCommand } from '../../cli.js';
import { printable } from '../../output/printable.js';
import { plural, when, zoned } from '../../output/quantities.js';
import { table } from '../../output/table.js';
import { exportFile, exportTarget } from '../export-file.js';

const create = defineCommand({
  usage: 'create',
  summary: 'Create a token; it is shown this once',
  description:
    'Creates a token and prints it. It is stored only as a hash: keep it now. viewer may read, operator may also deploy, roll back, train and import, admin may also create tokens.',
  options: [
    new Option('--role <role>', 'what it may do').choices(Role.options).makeOptionMandatory(),
    new Option('--name <name>', 'for whom; the audit log calls them by it').makeOptionMandatory(),
  ],
  schema: z.object({ role: Role, name: TokenBody.shape.name }),
  examples: [
    'ratchet token create --role viewer --name dashboard',
    'RATCHET_TOKEN=… ratchet token create --role operator --name alice',
  ],
  async run({ screen, registry }, { role, name }) {
    const token = await registry.call('createToken', { body: { role, name } });
    if (!screen.json) screen.note(`Token of ${token.name} (${token.role}); it is shown only now:`);
    screen.result(token, () => [token.token]);
  },
});

const list = defineCommand({
  usage: 'list',
  summary: 'Tokens that were given out: for whom, with which role, since when',
  description: 'Lists names and roles, the newest first. A token itself is stored nowhere.',
  options: [],
  schema: z.object({}),
  examples: ['ratchet token list', "ratchet token list --json | jq -r '.[] | select(.revoked_at) | .name'"],
  async run({ screen, registry }) {
    const tokens = await registry.call('listTokens');
    screen.result(tokens, (colors) =>
      table(
        tokens,
        [
          { title: 'NAME', cell: (t) => printable(t.name) },
          { title: 'ROLE', cell: (t) => t.role },
          { title: zoned('CREATED'), cell: (t) => when(t.created_at) },
          { title: 'BY', cell: (t) => printable(t.created_by) },
          { title: zoned('REVOKED'), cell: (t) => when(t.revoked_at) },
        ],
        colors,
        screen.width,
      ),
    );
  },
});

const revoke = defineCommand({
  usage: 'revoke',
  summary: 'Make a token worthless, within five seconds',
  description:
    'Revokes the token of this name. Services remember a token for five seconds; instances that read an exported file know it until the file is exported again. The name is not given out again.',
  options: [new Option('--name <name>', 'whose token').makeOptionMandatory()],
  schema: z.object({ name: TokenBody.shape.name }),
  examples: ['ratchet token revoke --name dashboard'],
  async run({ screen, registry }, { name }) {
    const revoked = await registry.call('revokeToken', { params: { name } });
    screen.result(revoked, () => [`${printable(revoked.name)} (${revoked.role}) is revoked.`]);
  },
});

/** Only its owner reads it: hashes open nothing, but names and roles are nobody else's business. */
const OWNER_ONLY = 0o600;

const exportTokens = defineCommand({
  usage: 'export',
  summary: 'Write the tokens’ hashes to a file for instances without a database',
  description:
    'Writes the name, role and SHA-256 of every token that is not revoked, as TOKENS_FILE of a serving instance has it. Instances read the file again when it changes: export after each create or revoke. Without --output it goes to standard output.',
  options: [new Option('--output <file>', 'the file to write; it is replaced as a whole')],
  schema: z.object({ output: z.string().min(1).optional() }),
  examples: [
    'ratchet token export --output tokens.json',
    'ratchet token export | kubectl create secret generic ratchet-tokens --from-file=tokens.json=/dev/stdin',
  ],
  async run(session, { output }) {
    const { screen, registry } = session;
    const tokens: TokensFile = (await registry.call('listTokens'))
      .filter(({ revoked_at }) => revoked_at === null)
      .map(({ name, role, sha256 }) => ({ name, role, sha256 }));
    const text = `${JSON.stringify(tokens, null, 2)}\n`;
    if (output === undefined) {
      screen.bytes(Buffer.from(text));
      return;
    }
    const file = exportTarget(output, 'tokens.json', session.cwd);
    await exportFile(session, pieces(text), file, OWNER_ONLY);
    screen.result({ file, tokens: tokens.length }, () => [`${plural(tokens.length, 'token')} written to ${file}`]);
  },
});

async function* pieces(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

export const token: CommandFactory = (parent, open) => {
  const group = parent
    .command('token')
    .helpCommand(false)
    .summary('Manage access tokens')
    .description('Access tokens of the registry.');
  for (const add of [create, list, revoke, exportTokens]) add(group, open);
};
