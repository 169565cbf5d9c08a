import { Option } from 'commander';
import { z } from 'zod';
import { Role, TokenBody } from '#contracts/http/registry';
import { type CommandFactory, defineCommand } from '../cli.js';

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
    const token = await registry.createToken({ role, name });
    if (!screen.json) screen.note(`Token of ${token.name} (${token.role}); it is shown only now:`);
    screen.result(token, () => [token.token]);
  },
});

export const token: CommandFactory = (parent, open) => {
  const group = parent
    .command('token')
    .helpCommand(false)
    .summary('Manage access tokens')
    .description('Access tokens of the registry.');
  create(group, open);
};
