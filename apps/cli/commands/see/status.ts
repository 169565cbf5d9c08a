import { Option } from 'commander';
import { z } from 'zod';
import { describeAlert } from '#contracts/alerts';
import { REASON, ratchet } from '#contracts/command-line';
import type { ModelStatus } from '#contracts/http/models';
import type { InProgress } from '#contracts/in-progress';
import { DEFAULT_MODEL, ModelName } from '#contracts/primitives';
import { defineCommand, timeoutOption, timeoutShape } from '../../cli.js';
import { poll } from '../../client/poll.js';
import { EXIT } from '../../failure.js';
import { toned } from '../../output/gate.js';
import { count, duration, orDash, ratio, short, when, zoned, zoneName } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { facts, table } from '../../output/table.js';
import { inProgressLines, underWay } from './under-way.js';

function headline(status: ModelStatus, colors: Colors): string {
  const name = colors.bold(status.model);
  if (!status.live) return `${name}: no version is live yet`;
  const canary = status.canary ? `, canary ${status.canary.version} at ${status.canary.percent} %` : '';
  return `${name}: ${colors.green(status.live.version)} is live since ${when(status.live_since)} ${zoneName()}, generation ${status.generation}${canary}`;
}

function lastRun(status: ModelStatus, colors: Colors): string {
  const run = status.last_run;
  if (!run) return 'none';
  if (run.state === 'unchanged')
    return `${short(run.run_id)} unchanged: it made ${orDash(run.version)} again (${when(run.queued_at)} ${zoneName()})`;
  const outcome = run.version
    ? `${run.version} ${toned(run.verdict ?? 'waiting for its verdict', colors)}`
    : run.message;
  return `${short(run.run_id)} ${toned(run.state, colors)}, ${outcome} (${when(run.queued_at)} ${zoneName()})`;
}

/** What is under way, how far it is, and what is next. */
function deployment(
  { deployment: current }: ModelStatus,
  running: readonly InProgress[],
  colors: Colors,
): [string, string][] {
  if (!current) return [['deployment', 'none']];
  const change = `${current.kind} ${orDash(current.from_version)} → ${current.to_version}: ${toned(current.state, colors)}`;
  const found = running.find(({ kind }) => kind !== 'consent');
  return found
    ? [
        ['deployment', `${change}, ${found.state}`],
        ['next', found.next],
      ]
    : [['deployment', change]];
}

/** Of the live version, beside what its holdout led to expect. */
function accuracy({ accuracy: now }: ModelStatus): string {
  if (!now) return orDash(null);
  const reference = now.reference === null ? '' : `, reference ${ratio(now.reference)}`;
  return `${ratio(now.correct / now.outcomes)} over ${count(now.outcomes)} outcomes${reference}`;
}

/** What the answers of a version say that is worse than none. */
function degraded({ degraded: found }: ModelStatus, colors: Colors): [string, string][] {
  if (!found) return [];
  const { live_accuracy: live, baseline_accuracy: baseline, outcomes, since } = found;
  const words = `right in ${ratio(live)} of ${count(outcomes)} outcomes since ${when(since)} ${zoneName()}, always giving the same answer in ${ratio(baseline)}`;
  return [['degraded', `${colors.red(words)}; answers say "degraded": true`]];
}

/** What waits for people, and what they type. */
function approval({ model, approval: waits }: ModelStatus): [string, string][] {
  if (!waits) return [];
  const { version, needed, given } = waits;
  const people = given.length === 0 ? '' : `, ${given.map(({ actor }) => actor).join(', ')}`;
  const command = ratchet('approve', model, `--version ${version} ${REASON}`);
  return [['approval', `${version} waits for consent (${given.length} of ${needed}${people}): ${command}`]];
}

/** An instance that sends and does not hear says so itself. */
function stateOf(
  { ready, deaf_since, last_seen, standing, version }: ModelStatus['instances'][number],
  colors: Colors,
): string {
  if (deaf_since) return colors.red(`deaf since ${duration(Date.parse(last_seen) - Date.parse(deaf_since))}`);
  if (standing === 'idle') return colors.red('not told of any version');
  if (standing === 'ahead' || standing === 'other-history') return colors.red('on another history');
  if (!ready) return colors.red('not ready');
  return version === null ? 'no version' : toned('ready', colors);
}

export function statusLines(
  status: ModelStatus,
  running: readonly InProgress[],
  colors: Colors,
  width: number,
): string[] {
  const instances = table(
    status.instances,
    [
      { title: 'INSTANCE', cell: (i) => i.instance },
      { title: 'STATE', cell: (i) => stateOf(i, colors) },
      { title: 'SERVES', cell: (i) => orDash(i.version) },
      {
        title: 'GENERATION',
        cell: (i) =>
          i.generation === i.seen_generation ? `${i.generation}` : `${i.generation}, behind ${i.seen_generation}`,
        align: 'right',
      },
      { title: 'WARM', cell: (i) => orDash(i.warm.join(' ')), text: 'wrap' },
      { title: 'URL', cell: (i) => i.url, dispensable: true },
      { title: zoned('LAST SEEN'), cell: (i) => when(i.last_seen), dispensable: true },
    ],
    colors,
    width,
  );
  const alerts = status.alerts
    .filter((alert) => alert.resolved_at === null)
    .flatMap(({ alert, since, detail }) => {
      const { words, command } = describeAlert(alert).help;
      return [
        colors.red(`alert ${alert} since ${when(since)} ${zoneName()}: ${detail}`),
        `${words}: ${command(status.model)}`,
      ];
    });
  // They cannot be heard of: what they said last says nothing of now.
  const deaf = status.deaf_since
    ? [
        colors.red(
          `The registry hears nothing from Kafka since ${when(status.deaf_since)} ${zoneName()}: instances are shown as they were then, and answer on. What is decided reaches them when Kafka is back.`,
        ),
        `What is wrong with it: ${ratchet('doctor', status.model)}`,
      ]
    : [];
  const unready = status.instances
    .filter(({ ready }) => !ready)
    .map(({ instance, unready: why }) => colors.red(`${instance} is not ready: ${why ?? 'it does not say why'}`));
  const missing = (status.missing ?? []).map(({ instance, last_seen }) =>
    colors.red(
      `${instance} fell silent at ${when(last_seen)} ${zoneName()} without taking leave: it was killed, or stands still. Removed for good, it is forgotten after an hour.`,
    ),
  );
  return [
    headline(status, colors),
    '',
    ...facts(
      [
        ['versions', count(status.versions)],
        ['accuracy now', accuracy(status)],
        ...degraded(status, colors),
        ['dataset', `${count(status.dataset_rows)} rows`],
        ...deployment(status, running, colors),
        ...approval(status),
        ['last run', lastRun(status, colors)],
      ],
      colors,
    ),
    '',
    ...(status.instances.length > 0 ? instances : ['No serving instance has reported yet.']),
    ...(deaf.length > 0 ? ['', ...deaf] : []),
    ...(unready.length > 0 ? ['', ...unready] : []),
    ...(missing.length > 0 ? ['', ...missing] : []),
    ...(alerts.length > 0 ? ['', ...alerts] : []),
  ];
}

export const status = defineCommand({
  usage: 'status',
  summary: 'What is live, who serves it, and what is under way',
  description:
    'Without --model, a line for each model where there are several. With --wait, waits until the model has a live version that an instance serves; it ends with exit code 1, the verdict and the next step when the gate refuses the version.',
  options: [
    new Option('--model <name>', `the model (default: all; with --wait ${DEFAULT_MODEL})`),
    new Option('--wait', 'wait until a version is live and served').default(false),
    timeoutOption(600),
  ],
  schema: z.object({ model: ModelName.optional(), ...timeoutShape, wait: z.boolean() }),
  examples: ['ratchet status', 'ratchet status --wait', 'ratchet status --model backlink-outcome --json'],
  async run({ screen, registry, endWith }, { model: named, wait, timeout }) {
    if (named === undefined && !wait) {
      const all = await registry.call('listModels');
      const running = screen.json ? [] : (await Promise.all(all.map((each) => underWay(registry, each)))).flat();
      const [only] = all;
      if (only === undefined || all.length > 1)
        screen.result(all, (colors) => overviewLines(all, running, colors, screen.width));
      else screen.result(only, (colors) => statusLines(only, running, colors, screen.width));
      return;
    }
    const model = named ?? DEFAULT_MODEL;
    const look = () => registry.call('getModel', { params: { model } });
    const state = wait
      ? await poll(look, (seen) => isServed(seen) || isRefused(seen), {
          intervalMs: 1000,
          timeoutMs: timeout * 1000,
          what: `The first deployment of ${model}`,
          next: `See what holds it up: ${ratchet('runs', model)}; and what is wrong here: ${ratchet('doctor', model)}`,
        })
      : await look();
    const refused = wait && isRefused(state);
    if (refused) endWith(EXIT.failed);
    const running = screen.json ? [] : await underWay(registry, state);
    screen.result(state, (colors) => [
      ...statusLines(state, running, colors, screen.width),
      ...(refused ? ['', ...refusalLines(state)] : []),
      ...(wait && !refused ? ['', `Ask it: ${ratchet('models example', null, model)}`] : []),
    ]);
  },
});

/** The gate has spoken against the newest version, and there is no other. */
function isRefused({ live, deployment: current, last_run: run }: ModelStatus): boolean {
  const verdict = run?.verdict ?? null;
  return live === null && current === null && run?.state === 'done' && verdict !== null && verdict !== 'pass';
}

function refusalLines({ model, last_run: run }: ModelStatus): string[] {
  if (!run?.version) return [];
  const refused = `--version ${run.version}`;
  return [
    `The gate says ${run.verdict} of ${run.version}, so it is not deployed. Why: ${ratchet('info', model, refused)}`,
    `Train again when there is more to learn from: ${ratchet('retrain', model, '--wait')}`,
    `Or deploy it all the same: ${ratchet('deploy', model, `${refused} --force ${REASON}`)}`,
  ];
}

/** A line for each model, and one for all that is under way. */
export function overviewLines(
  all: readonly ModelStatus[],
  running: readonly InProgress[],
  colors: Colors,
  width: number,
): string[] {
  if (all.length === 0) return [`There is no model yet. Add one: ${ratchet('models add FILE', null)}`];
  return [...modelLines(all, colors, width), ...inProgressLines(running, colors, width)];
}

function modelLines(all: readonly ModelStatus[], colors: Colors, width: number): string[] {
  return table(
    all,
    [
      { title: 'MODEL', cell: ({ model }) => model },
      { title: 'LIVE', cell: ({ live }) => (live ? colors.green(live.version) : orDash(null)) },
      { title: zoned('SINCE'), cell: ({ live, live_since }) => orDash(live && when(live_since)), dispensable: true },
      {
        title: 'ACCURACY',
        cell: ({ accuracy: now }) => orDash(now ? ratio(now.correct / now.outcomes) : null),
        align: 'right',
      },
      {
        title: 'LAST VERDICT',
        cell: ({ last_run: run }) =>
          orDash(
            run?.verdict
              ? `${toned(run.verdict, colors)} ${run.version ?? ''}`.trim()
              : run
                ? `run ${run.state}`
                : null,
          ),
      },
      { title: 'ROWS', cell: ({ dataset_rows: rows }) => count(rows), align: 'right' },
      { title: 'ALERTS', cell: ({ alerts }) => openAlerts(alerts, colors), text: 'wrap' },
    ],
    colors,
    width,
  );
}

function openAlerts(alerts: ModelStatus['alerts'], colors: Colors): string {
  const open = alerts.filter(({ resolved_at }) => resolved_at === null).map(({ alert }) => alert);
  return open.length === 0 ? orDash(null) : colors.red(open.join(', '));
}

function isServed({ live, instances }: ModelStatus): boolean {
  return live !== null && instances.some(({ version }) => version === live.version);
}
