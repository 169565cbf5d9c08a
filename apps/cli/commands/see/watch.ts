import { setTimeout as pause } from 'node:timers/promises';
import { Option } from 'commander';
import { z } from 'zod';
import type { ModelStatus } from '#contracts/http/models';
import type { InProgress } from '#contracts/in-progress';
import { defineCommand, modelOption, modelShape, type Session } from '../../cli.js';
import { followEvents, type LoopEvent } from '../../client/events.js';
import { Failure } from '../../failure.js';
import { eventLine } from '../../output/event-line.js';
import { percent, when } from '../../output/quantities.js';
import type { Colors } from '../../output/screen.js';
import { statusLines } from './status.js';
import { underWay } from './under-way.js';

const LOOK_EVERY_MS = 1000;
const RECENT = 12;

interface Seen {
  readonly at: Date;
  readonly name: string;
  readonly text: string;
}

const time = (at: Date): string => when(at.toISOString()).slice(11);

const seenLine = (seen: Seen, colors: Colors): string =>
  `${colors.dim(time(seen.at))}  ${colors.cyan(seen.name.padEnd(24))} ${seen.text}`;

/** Follows the stream, and again after it broke; `onEvent` gets each event. Returns when `signal` fires. */
async function follow(
  session: Session,
  model: string,
  signal: AbortSignal,
  onEvent: (event: LoopEvent) => void,
): Promise<void> {
  for (let connected = false; !signal.aborted; ) {
    try {
      for await (const event of followEvents(session.registry, model, signal)) {
        connected = true;
        onEvent(event);
      }
    } catch (error) {
      if (signal.aborted) return;
      // A wrong token will not become right by waiting; a restarting registry will come back.
      if (error instanceof Failure && (error.details.status !== undefined || !connected)) throw error;
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** A live picture: what is live, the run under way, and what happened last. */
class Picture {
  private status: ModelStatus | null = null;
  private running: readonly InProgress[] = [];
  private trouble: string | null = null;
  private readonly recent: Seen[] = [];

  constructor(
    private readonly session: Session,
    private readonly model: string,
  ) {}

  add(event: LoopEvent): void {
    const text = eventLine(event.name, event.data);
    if (text === null) return;
    const last = this.recent.at(-1);
    // Hundreds of lines of progress are one line that changes.
    if (last?.name === 'training.progress' && event.name === last.name) this.recent.pop();
    this.recent.push({ at: new Date(), name: event.name, text });
    this.recent.splice(0, this.recent.length - RECENT);
    this.draw();
  }

  async look(): Promise<void> {
    try {
      const { registry } = this.session;
      this.status = await registry.call('getModel', { params: { model: this.model } });
      this.running = await underWay(registry, this.status);
      this.trouble = null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.trouble = error.message;
    }
    this.draw();
  }

  private draw(): void {
    const { screen } = this.session;
    const { colors } = screen;
    const run = this.status?.last_run;
    const lines = [
      ...(this.status ? statusLines(this.status, this.running, colors, screen.width) : []),
      ...(run?.state === 'running' ? ['', `training ${percent(run.progress)}: ${run.message}`] : []),
      ...(this.trouble ? ['', colors.red(this.trouble)] : []),
      '',
      ...(this.recent.length > 0
        ? this.recent.map((seen) => seenLine(seen, colors))
        : [colors.dim('Nothing has happened since you began to watch.')]),
      '',
      colors.dim('Ctrl-C ends'),
    ];
    screen.picture(lines);
  }
}

async function watchPicture(session: Session, model: string, signal: AbortSignal): Promise<void> {
  const picture = new Picture(session, model);
  const looking = (async () => {
    while (!signal.aborted) {
      await picture.look();
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
    }
  })();
  await Promise.all([looking, follow(session, model, signal, (event) => picture.add(event))]);
}

function writeEvent({ screen }: Session, event: LoopEvent): void {
  screen.entry({ at: new Date().toISOString(), topic: event.name, data: event.data }, (colors) => {
    const text = eventLine(event.name, event.data);
    return text === null ? null : seenLine({ at: new Date(), name: event.name, text }, colors);
  });
}

export const watch = defineCommand({
  usage: 'watch',
  summary: 'Watch a model live: who serves what, training, verdicts, deployments',
  description:
    'On a terminal a picture that is redrawn as things happen; otherwise one line per event. With --json one JSON document per event and line. Ctrl-C ends it.',
  options: [modelOption(), new Option('--for <seconds>', 'end after this long')],
  schema: z.object({ ...modelShape, for: z.coerce.number('expected seconds').positive().optional() }),
  examples: ['ratchet watch', 'ratchet watch --json | jq \'select(.topic == "model.evaluated").data.gate.verdict\''],
  async run(session, { model, for: seconds }) {
    const signal = seconds === undefined ? new AbortController().signal : AbortSignal.timeout(seconds * 1000);
    // The model is looked at first, so that a misspelt name is an error and not an endless silence.
    await session.registry.call('getModel', { params: { model } });
    if (session.screen.live) await watchPicture(session, model, signal);
    else await follow(session, model, signal, (event) => writeEvent(session, event));
  },
});
