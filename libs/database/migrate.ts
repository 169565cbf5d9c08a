import { z } from 'zod';
import { databaseEnv, loadConfig } from '#platform/config';
import { migrate } from './data-source.js';

const config = loadConfig(z.object(databaseEnv));
const done = await migrate(config.DATABASE_URL);
process.stdout.write(
  done.length === 0 ? 'The database is up to date.\n' : `Applied ${done.length} migrations: ${done.join(', ')}.\n`,
);
