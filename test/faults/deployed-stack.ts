import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { FilesystemStore } from '#artifacts/filesystem-store';
import { PackageStore } from '#artifacts/package-store';
import { AutomationOutcome } from '#contracts/events/feedback';
import { ModelStatus } from '#contracts/http/models';
import { VersionSummary } from '#contracts/http/versions';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { EventProducer } from '#kafka/produce/producer';
import { until } from '../../deploy/local/until.js';
import { samplePackage } from '../e2e/model-packages.js';
import { evaluated, RegistryClient, trained } from '../e2e/registry-client.js';
import { type StackOptions, startStack, type TestStack } from '../stack/stack.js';

/** Between two batches of outcomes: a stream, not a flood. */
const PAUSE_MS = 20;
const PATIENCE = { deadlineMs: 120_000 };
const base = `/v1/models/${DEFAULT_MODEL}`;
/** What is needed to serve and to take in outcomes. */
export const DEPLOYED = ['registry', 'feedback-ingest', 'serving-1', 'serving-2'] as const;

/** Registry, ingest and two instances that answer with a version, and what a test does to them while servers are lost. */
export class DeployedStack {
  private made = 0;
  private told = 0;

  private constructor(
    readonly stack: TestStack,
    readonly registry: RegistryClient,
    private readonly producer: EventProducer,
    private readonly packages: PackageStore,
  ) {}

  static async start(options: StackOptions): Promise<DeployedStack> {
    const world = await DeployedStack.resume(options);
    await world.deployAnother();
    return world;
  }

  /** On what others have left behind. */
  static async resume({ env, ...options }: StackOptions): Promise<DeployedStack> {
    const stack = await startStack({ services: DEPLOYED, env: { '*': { LOG_LEVEL: 'info' }, ...env }, ...options });
    return DeployedStack.on(stack);
  }

  /** On a stack that somebody else stops; nothing is deployed yet. */
  static on(stack: TestStack): DeployedStack {
    return new DeployedStack(
      stack,
      new RegistryClient(stack.urls.registry, stack.token),
      new EventProducer({ kafka: stack.kafka, source: 'test', logger: stack.logger }),
      new PackageStore(new FilesystemStore(pathToFileURL(`${join(stack.home, 'artifacts')}/`))),
    );
  }

  /** So many outcomes and packages were there before. */
  remember(outcomes: number, packages: number): void {
    this.told = outcomes;
    this.made = packages;
  }

  status(): Promise<ModelStatus> {
    return this.registry.get(ModelStatus, base);
  }

  /** Registry and both instances agree on this version. */
  agreement(version: string): Promise<ModelStatus> {
    return until(`registry and instances to agree on ${version}`, () => this.agreed(version), PATIENCE);
  }

  /** Null while they do not. */
  async agreed(version: string): Promise<ModelStatus | null> {
    const now = await this.status();
    const agree = now.instances.every(
      (one) =>
        one.ready &&
        one.version === version &&
        // An older registry leaves its own word out.
        (one.standing === undefined ? one.generation === now.generation : one.standing === 'in-step'),
    );
    const settled = now.live?.version === version && now.deployment === null && now.instances.length === 2;
    return settled && agree ? now : null;
  }

  /** A version of a package like no other. */
  async register(): Promise<string> {
    const { digest } = await this.packages.write(samplePackage({ odds: [++this.made / 10, -this.made / 10] }));
    const training = trained(digest, { digest, artifact_uri: this.packages.uri(digest), backend: 'ml-xgboost' });
    const event = evaluated(training, 'pass');
    const published = () => this.producer.publish('model.evaluated', event).then(() => true);
    await until('Kafka to take the evaluation', published, PATIENCE);
    const versions = () => this.registry.get(z.array(VersionSummary), `${base}/versions`);
    const found = async () => (await versions()).find((one) => one.digest === digest)?.version;
    return until(`a version of ${digest}`, found, PATIENCE);
  }

  /** As somebody does who means one command: again with the same id until it is taken. */
  async deploy(version: string): Promise<void> {
    const body = { version, reason: 'to see what happens', command_id: crypto.randomUUID() };
    await until(`the command for ${version} to be taken`, () => this.registry.command('deploy', body), PATIENCE);
  }

  async deployAnother(): Promise<string> {
    const version = await this.register();
    await this.deploy(version);
    await this.agreement(version);
    return version;
  }

  async rollBack(version: string): Promise<void> {
    await this.registry.command('rollback', { version, reason: 'to see what happens' });
    await this.agreement(version);
  }

  /** Outcomes in small batches, as they come in, until `meanwhile` has happened. What was sent is in Kafka. */
  async whileOutcomesCome(meanwhile: () => Promise<void>): Promise<void> {
    let going = true;
    const sending = (async () => {
      for (;;) {
        await this.tell();
        if (!going) return;
        await pause(PAUSE_MS);
      }
    })();
    await meanwhile().finally(() => {
      going = false;
    });
    await sending;
  }

  /** As an engine does: until Kafka has them, under the same ids. */
  private async tell(): Promise<void> {
    const outcome = { timestamp: '2026-01-04T09:12:31Z', action_attempted: 'forum', result: 'failed' };
    const events = Array.from({ length: 20 }, () =>
      AutomationOutcome.parse({ ...outcome, task_id: `task-${this.told++}` }),
    );
    const idOf = ({ task_id }: AutomationOutcome): string => `outcome of ${task_id}`;
    const sent = () => this.producer.publishMany('automation.outcomes', events, { idOf }).then(() => true);
    await until('Kafka to take outcomes', sent, PATIENCE);
  }

  /** Everything that was told is stored, once. */
  async expectStored(): Promise<void> {
    await until(
      `${this.told} outcomes to be stored`,
      async () => {
        const [row] = await this.stack.query<{ rows: number; tasks: number }>(
          "select count(*)::int as rows, count(distinct task_id)::int as tasks from feedback.events where task_id like 'task-%'",
        );
        if (row?.rows === this.told && row.tasks === this.told) return true;
        throw new Error(`${row?.tasks} tasks in ${row?.rows} rows`);
      },
      PATIENCE,
    );
  }

  /** Leaves the stack running. */
  leave(): Promise<void> {
    return this.producer.disconnect();
  }

  async stop(): Promise<void> {
    await this.leave();
    await this.stack.stop();
  }
}
