import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type Contributions, DecideRequest } from '#contracts/http/serving';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { type Choice, choose } from '#domain/exploration/choose';
import { ProblemError, parseInput } from '#platform/problem';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { type Acting, takesCanary } from '../deployment/acting.js';
import { Follower } from '../deployment/follower.js';
import type { Scores, ServedVersion } from '../models/served-version.js';
import { type Decide, possibleOptions, siteOf } from './decide-request.js';
import { PredictionLog } from './prediction-log.js';

type Role = 'live' | 'canary' | 'shadow';

/** Shadow scores that wait for a quiet moment at most; more are left out rather than slow answers down. */
const SHADOW_LIMIT = 1000;

/** Decides what to do with a task, by the version that is responsible for it right now. */
@Injectable()
export class Decider {
  private shadowsWaiting = 0;

  constructor(
    @Inject(Follower) private readonly follower: Follower,
    @Inject(PredictionLog) private readonly log: PredictionLog,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
  ) {}

  /**
   * The answer as JSON text (DecideResponse). Throws problems.
   * @param caller the request's `traceparent`
   */
  decide(request: Decide, caller?: string | string[]): string {
    const traces = tracing();
    const from = traces === null ? 0 : preciseNow();
    const model = request.model ?? DEFAULT_MODEL;
    const acting = this.follower.acting(model);
    if (acting === null || acting.live === null) throw this.nothingLive(request, model);
    const taskId = typeof request.task_id === 'string' ? request.task_id : String(request.task_id);
    const toCanary = takesCanary(acting, taskId);
    const role = toCanary ? 'canary' : 'live';
    const served = toCanary && acting.canary !== null ? acting.canary.version : acting.live;
    const possible = possibleOptions(request, served.options);
    const site = siteOf(request);
    const scores = served.score(site, possible);
    served.tallies[role].value++;
    const choice = this.choose(served, scores, possible);
    const id = randomUUID();
    const contributions = request.explain === true ? served.explain(site, choice.option) : undefined;
    const answer = answerText(id, acting, served, role, scores, choice, contributions);
    traces?.record({
      name: 'decide',
      kind: 'server',
      of: id,
      isItself: true,
      caller: typeof caller === 'string' ? caller : null,
      from,
      to: preciseNow(),
      attributes: {
        'ratchet.model': model,
        'ratchet.version': served.ref.version,
        'ratchet.generation': acting.generation,
        'ratchet.role': role,
        'ratchet.task_id': taskId,
        'ratchet.decision': served.options[choice.option] ?? '',
      },
    });
    if (this.log.enabled) {
      this.record(id, taskId, acting, served, role, site, scores, choice);
      if (acting.shadow !== null) this.scoreShadow(taskId, acting, acting.shadow, site, possible);
    }
    return answer;
  }

  /** Now and then another action than the best, where that is wanted; a class is told as it is. */
  private choose(
    { perAction, positions }: ServedVersion,
    { best }: Scores,
    possible: readonly number[] | null,
  ): Choice {
    const rate = this.config.EXPLORATION_RATE;
    if (rate === 0 || !perAction) return { option: best, propensity: 1 };
    // An action that is named twice is not twice as likely.
    return choose(best, possible === null ? positions : [...new Set(possible)], rate, Math.random);
  }

  private scoreShadow(
    taskId: string,
    acting: Acting,
    shadow: ServedVersion,
    site: Record<string, unknown>,
    possible: readonly number[] | null,
  ): void {
    if (this.shadowsWaiting >= SHADOW_LIMIT) return;
    this.shadowsWaiting++;
    setImmediate(() => {
      this.shadowsWaiting--;
      // The shadow may know other actions than the version that answered.
      const scores = shadow.score(site, sameOptions(shadow, acting.live) ? possible : null);
      shadow.tallies.shadow.value++;
      const choice = { option: scores.best, propensity: 1 };
      this.record(randomUUID(), taskId, acting, shadow, 'shadow', site, scores, choice);
    });
  }

  private record(
    prediction_id: string,
    task_id: string,
    { generation }: Acting,
    served: ServedVersion,
    role: Role,
    site: Record<string, unknown>,
    { probabilities: scores }: Scores,
    { option: chosen, propensity }: Choice,
  ): void {
    const { options, model } = served;
    const probabilities: Record<string, number> = {};
    options.forEach((option, i) => {
      probabilities[option] = scores[i] ?? 0;
    });
    this.log.add({
      prediction_id,
      model,
      task_id,
      predicted_at: new Date().toISOString(),
      instance: this.config.instance,
      version: served.ref.version,
      generation,
      role,
      site,
      decision: options[chosen] ?? '',
      probabilities,
      propensity,
    });
  }

  private nothingLive(request: Decide, model: string): ProblemError {
    const names = this.follower.all().map(({ desired }) => desired.model);
    if (names.length > 0 && !names.includes(model)) {
      parseInput(DecideRequest, request);
      return new ProblemError(
        404,
        'Unknown model',
        `There is no model "${model}" here; expected one of ${names.join(', ')}.`,
      );
    }
    const followed = this.follower.followed(model);
    const failure = followed?.failure();
    if (followed !== null && followed.desired.live !== null)
      return new ProblemError(
        503,
        'No version in memory yet',
        failure
          ? `${followed.desired.live.version} of ${model} could not be loaded: ${failure.detail}. Check the artifact store; it is tried again as long as it makes sense.`
          : `${followed.desired.live.version} of ${model} is being loaded; ask again in a moment.`,
      );
    return new ProblemError(
      503,
      'No version is live',
      this.follower.isFollowing()
        ? `No version of ${model} is live yet. The first one goes live once enough outcomes are in; \`ratchet status\` shows how far it is, \`ratchet retrain --wait\` starts a training run.`
        : `This instance has not read yet which version of ${model} is live; ask again in a moment. If it stays so, check that Kafka is up.`,
    );
  }
}

function sameOptions(a: ServedVersion, b: ServedVersion | null): boolean {
  return b !== null && a.options.length === b.options.length && a.options.every((option, i) => option === b.options[i]);
}

/** DecideResponse, put together from parts that are JSON already. */
function answerText(
  id: string,
  acting: Acting,
  served: ServedVersion,
  role: Role,
  { probabilities }: Scores,
  { option, propensity }: Choice,
  contributions: Contributions | null | undefined,
): string {
  const { optionKeys, jsonNames } = served;
  const explained = contributions === undefined ? '' : `,"contributions":${JSON.stringify(contributions)}`;
  let list = '';
  for (let i = 0; i < optionKeys.length; i++)
    list += `${i === 0 ? '' : ','}${optionKeys[i] ?? ''}${probabilities[i] ?? 0}`;
  return `{"prediction_id":"${id}",${jsonNames},"generation":${acting.generation},"role":"${role}","decision":${
    served.optionJson[option] ?? '""'
  },"confidence":${probabilities[option] ?? 0},"probabilities":{${list}},"propensity":${propensity}${explained}}`;
}
