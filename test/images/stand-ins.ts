import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchArtifacts, fetchJars, KAFKA_VERSION } from '../../deploy/local/fetch/artifacts.js';
import { postgresProgram } from '../../deploy/local/postgres/postgres-program.js';
import { DEFAULT_HOME } from '../../deploy/local/repository.js';
import { goTool } from '../conformance/go-tool.js';
import { machineSettings } from './base.js';
import type { ContainerEngine } from './engine.js';

/** What stands for an image of the compose file: its folder below stand-ins/, and files of elsewhere that it is made of. */
interface StandIn {
  /** The image without its tag, as the compose file names it. */
  readonly of: string;
  readonly folder: string;
  readonly add?: (context: string) => Promise<void>;
}

const STAND_INS: readonly StandIn[] = [
  {
    of: 'apache/kafka',
    folder: 'kafka',
    add: async (context) => {
      await fetchArtifacts(DEFAULT_HOME);
      await cp(join(DEFAULT_HOME, 'kafka'), join(context, 'jars'), { recursive: true });
      // The command that the compose file asks for health.
      const tools = await fetchJars(DEFAULT_HOME, 'kafka-tools', `org.apache.kafka:kafka-tools:${KAFKA_VERSION}`);
      await cp(tools, join(context, 'jars'), { recursive: true });
    },
  },
  {
    of: 'postgres',
    folder: 'postgres',
    add: async (context) => {
      const program = await postgresProgram(null, context);
      await cp(program, join(context, 'native'), { recursive: true, verbatimSymlinks: true });
    },
  },
  {
    of: 'versity/versitygw',
    folder: 's3',
    add: async (context) => {
      const version = 'v1.8.0';
      const { program, remedy } = goTool(
        'versitygw',
        'VERSITYGW',
        `github.com/versity/versitygw/cmd/versitygw@${version}`,
      );
      if (program === null) throw new Error(`versitygw could not be had: ${remedy}`);
      await cp(program, join(context, 'versitygw'));
    },
  },
  { of: 'prom/prometheus', folder: 'prometheus' },
  { of: 'prom/alertmanager', folder: 'alertmanager' },
];

/** What no registry of packages has: it cannot be run here. */
export const NOT_RUN = ['grafana'] as const;

const SOURCES = join(import.meta.dirname, 'stand-ins');

async function contentOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) hash.update(name).update(await readFile(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}

/** Sees that this image of the compose file is there, under its own tag, made anew when its recipe has changed. */
export async function makeStandIn(engine: ContainerEngine, image: string): Promise<void> {
  const [name = ''] = image.split(':');
  const standIn = STAND_INS.find(({ of }) => of === name);
  if (standIn === undefined) throw new Error(`nothing stands for ${image}: add it to STAND_INS, or to NOT_RUN`);
  const source = join(SOURCES, standIn.folder);
  const made = `localhost/stand-in-${standIn.folder}:${await contentOf(source)}`;
  if (!(await engine.has(made))) {
    const context = await mkdtemp(join(tmpdir(), 'ratchet-stand-in-'));
    try {
      await mkdir(context, { recursive: true });
      await cp(source, context, { recursive: true });
      await standIn.add?.(context);
      await engine.build(made, context, '--file', join(context, 'Containerfile'), ...(await machineSettings()));
    } finally {
      await rm(context, { recursive: true, force: true });
    }
  }
  const full = name.includes('/') ? `docker.io/${image}` : `docker.io/library/${image}`;
  await engine.podman('tag', made, full);
}
