import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { COSTS, type Cost, type Figures } from '#domain/capacity/costs';
import { ASSUMED } from '#domain/capacity/load';
import { openSession } from '../cli.js';
import { projectFolder } from '../client/settings.js';
import { planBy } from '../commands/administer/plan.js';
import { count, percent, size } from '../output/quantities.js';

/** Path below docs/ of the page whose marked parts are generated; the rest is written by people. */
export const SCALING_PAGE = 'scaling.md';

/** Commands whose output is on the page. */
export const SHOWN: readonly string[] = [
  'ratchet plan --events 2000/d --zones 1 --features 15',
  'ratchet plan --events 20/s --keep 90d --zones 1 --models 5 --train-rows 5M',
  'ratchet plan --events 5000/s --keep 365d --models 20',
  'ratchet plan --events 800/s --decisions 200/s --keep 90d --raw-keep 2w --models 8 --train-rows 10M',
];

const HEADS: Readonly<Record<Cost['of'], string>> = {
  event: 'An outcome',
  prediction: 'A prediction',
  'training row': 'A training row',
  'holdout row': 'A holdout row',
  instance: 'An instance',
};

function costsTable(figures: Figures): string {
  const value = (figure: string, unit: Cost['unit']): string => {
    const number = figures[figure] ?? Number.NaN;
    const digits = Math.abs(number) >= 100 ? count(Math.round(number)) : String(Number(number.toPrecision(3)));
    return unit === '/s' ? `${digits} a second` : `${digits} ${unit}`;
  };
  const line = ({ of, what, unit, figure }: Cost): string => {
    const names = typeof figure === 'string' ? [figure] : figure;
    const [first = '', second] = names;
    const values = second === undefined ? value(first, unit) : `${value(first, unit)}; ${value(second, unit)}`;
    const command = `npm run bench -- ${first.split('.')[0]}`;
    return `| ${HEADS[of]} | ${what} | ${values} | \`${command}\` |`;
  };
  return [
    '| of | what | measured (of 5; of 25 features) | by |',
    '|---|---|---|---|',
    ...Object.values(COSTS).map(line),
  ].join('\n');
}

function assumedList(): string {
  const { use, filled, largestVolume, largestMemory, holdout, versions, replication } = ASSUMED;
  return [
    `- ${percent(use)} of what was measured is used at the peak, and disks are filled to ${percent(filled)}.`,
    `- The largest volume of one Postgres is ${size(largestVolume)}, and the most memory of one training or one evaluator ${count(largestMemory / 2 ** 30)} GiB.`,
    `- ${percent(holdout)} of the rows are holdout, ${versions} versions of a model are kept, each with a snapshot of its own, and Kafka keeps ${replication} copies in three zones.`,
    '- Tasks spread evenly over models, and messages over partitions; memory and time of a run grow with rows times features.',
    '- Cores of Kafka, Postgres and feedback-ingest are counted together, since they shared the two that were measured; memory of Postgres is a twentieth of what it keeps.',
  ].join('\n');
}

async function outputOf(command: string, figures: Figures): Promise<string> {
  const parts: string[] = [];
  const stream = { write: (part: string) => parts.push(part) };
  const around = { env: { TZ: 'UTC' }, cwd: projectFolder(), stdout: stream, stderr: stream };
  const program = new Command('ratchet').exitOverride();
  planBy(figures)(program, (asked) => openSession(around, '', asked, () => undefined));
  await program.parseAsync(command.split(' ').slice(1), { from: 'user' });
  return `\`\`\`text\n$ ${command}\n${parts.join('').trimEnd()}\n\`\`\``;
}

/** The page with its marked parts as they should be: `<!-- generated: NAME -->` up to `<!-- end -->`. */
export async function scalingPage(figures: Figures): Promise<string> {
  const page = readFileSync(join(projectFolder(), 'docs', SCALING_PAGE), 'utf8');
  const outputs: string[] = [];
  for (const command of SHOWN) outputs.push(await outputOf(command, figures));
  const parts: Readonly<Record<string, string>> = {
    costs: costsTable(figures),
    assumed: assumedList(),
    plans: outputs.join('\n\n'),
  };
  return page.replaceAll(
    /(<!-- generated: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, name: string, end: string) => `${begin}\n${parts[name] ?? ''}\n\n${end}`,
  );
}
