import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ratchet } from '#contracts/command-line';
import { DecideRequest } from '#contracts/http/serving';
import { DEFAULT_MODEL } from '#contracts/primitives';
import { type Choice, choose } from '#domain/exploration/choose';
import { recentConfidence } from '#domain/monitoring/standing';
import { LiveDefinitions } from '#platform/live-definitions';
import { ProblemError, parseInput } from '#platform/problem';
import { preciseNow, tracing } from '#platform/tracing/tracing';
import { SERVING_CONFIG, type ServingConfig } from '../config.js';
import { type Acting, takesCanary } from '../deployment/acting.js';
import { Follower } from '../deployment/follower.js';
import { countFeatureProblem } from '../models/feature-problems.js';
import type { Scores, ServedVersion } from '../models/served-version.js';
import { PredictionLog } from '../prediction-log/prediction-log.js';
import { timeText } from '../prediction-log/time-text.js';
import {
  type Decide,
  type FieldNote,
  featuresOf,
  featuresText,
  isUnderstood,
  notUnderstood,
  possibleOptions,
} from './decide-request.js';

type Role = 'live' | 'canary' | 'shadow';

/** Shadow scores that wait for a quiet moment at most; more are left out rather than slow answers down. */
const SHADOW_LIMIT = 1000;

/** Decides what to do with a task, by the version that is responsible for it right now. */
@Injectable()
export class ActionDecider {
  private shadowsWaiting = 0;
  private readonly instanceJson: string;

  constructor(
    @Inject(Follower) private readonly follower: Follower,
    @Inject(PredictionLog) private readonly log: PredictionLog,
    @Inject(LiveDefinitions) private readonly definitions: LiveDefinitions,
    @Inject(SERVING_CONFIG) private readonly config: ServingConfig,
  ) {
    this.instanceJson = JSON.stringify(config.instance);
  }

  /**
   * The answer as JSON text (DecideResponse). Throws problems.
   * @param text the JSON that the request was parsed from
   * @param caller the request's `traceparent`
   * @param strict whether what is not understood is an error; as the version's definition says if left out
   */
  decide(request: Decide, text: string, caller?: string | string[], strict?: boolean): string {
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
    const site = featuresOf(request);
    const warnings = isUnderstood(request, served.known) ? null : this.warn(request, served, strict);
    const scores = served.score(site, possible);
    served.tallies[role].value++;
    const degraded = toCanary ? null : (acting.desired.degraded ?? null);
    const abstains = degraded !== null && this.abstains(served);
    // What is not answered was no random choice either.
    const choice = abstains ? { option: scores.best, propensity: 1 } : this.choose(served, scores, possible);
    const id = randomUUID();
    const contributions = request.explain === true ? served.explain(site, choice.option) : undefined;
    const decision = decisionText(acting, served, role, scores, choice);
    const explained = contributions === undefined ? '' : `,"contributions":${JSON.stringify(contributions)}`;
    const warned = warnings === null ? '' : `,"warnings":${JSON.stringify(warnings)}`;
    const answered = abstains ? decisionText(acting, served, role, scores, choice, 'null') : decision;
    const given = scores.probabilities[choice.option] ?? 0;
    const confidence = degraded === null ? given : recentConfidence(degraded.calibration, given);
    const doubt = degraded === null ? '' : ',"degraded":true';
    const answer = `{"prediction_id":"${id}",${served.jsonNames}${answered},"confidence":${confidence}${doubt}${explained}${warned}}`;
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
        'ratchet.decision': abstains ? '' : (served.options[choice.option] ?? ''),
      },
    });
    if (this.log.enabled) {
      const sent = featuresText(request, text);
      this.record(id, taskId, served, sent, decision, true);
      if (acting.shadow !== null) this.scoreShadow(taskId, acting, acting.shadow, site, sent, possible);
    }
    return answer;
  }

  /** What of a request means nothing to the version. Throws it as a problem where that is asked for. */
  private warn(request: Decide, served: ServedVersion, strict: boolean | undefined): FieldNote[] {
    const { known, model, manifest } = served;
    const defined = this.definitions.get(model) ?? manifest.definition;
    const refuses = strict ?? defined.strict ?? false;
    const notes = notUnderstood(request, known, refuses, (found) => countFeatureProblem(model, found));
    if (!refuses) return notes;
    const first = notes.map(({ field, detail }) => `${field}: ${detail}`).join('; ');
    throw new ProblemError(400, 'Invalid request', `The request was not understood: ${first}`, notes);
  }

  private abstains({ model, manifest }: ServedVersion): boolean {
    const definition = this.definitions.get(model) ?? manifest.definition;
    return definition.kind === 'action-outcome' && definition.fallback === 'abstain';
  }

  /** Now and then another action than the best, where that is wanted; a class is told as it is. */
  private choose(
    { exploration, positions }: ServedVersion,
    { best }: Scores,
    possible: readonly number[] | null,
  ): Choice {
    if (exploration === null) return { option: best, propensity: 1 };
    const rate = this.config.EXPLORATION_RATE ?? exploration.rate;
    if (rate === 0) return { option: best, propensity: 1 };
    // An action that is named twice is not twice as likely.
    return choose(best, possible === null ? positions : [...new Set(possible)], rate, Math.random, exploration.caps);
  }

  private scoreShadow(
    taskId: string,
    acting: Acting,
    shadow: ServedVersion,
    site: Record<string, unknown>,
    sent: string,
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
      const decision = decisionText(acting, shadow, 'shadow', scores, choice);
      this.record(randomUUID(), taskId, shadow, sent, decision, false);
    });
  }

  /**
   * Logs a Prediction, put together from parts that are JSON already.
   * @param isAnswer what a shadow would have said was nobody's decision, and has no trace
   */
  private record(
    id: string,
    taskId: string,
    served: ServedVersion,
    site: string,
    decision: string,
    isAnswer: boolean,
  ): void {
    const at = timeText(Date.now());
    this.log.add({
      id,
      taskId,
      at,
      text: `{"prediction_id":"${id}","task_id":${JSON.stringify(taskId)},"predicted_at":"${at}","instance":${
        this.instanceJson
      },${served.loggedNames}${decision},"site":${site}}`,
      traceparent: isAnswer ? tracing()?.traceparent(id) : undefined,
    });
  }

  private nothingLive(request: Decide, model: string): ProblemError {
    const names = [
      ...new Set([...this.follower.all().map(({ desired }) => desired.model), ...this.definitions.keys()]),
    ];
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
        ? `No version of ${model} is live yet. The first one goes live once enough outcomes are in; \`${ratchet('status', model)}\` shows how far it is, \`${ratchet('retrain', model, '--wait')}\` starts a training run.`
        : `This instance has not read yet which version of ${model} is live; ask again in a moment. If it stays so, check that Kafka is up.`,
    );
  }
}

function sameOptions(a: ServedVersion, b: ServedVersion | null): boolean {
  return b !== null && a.options.length === b.options.length && a.options.every((option, i) => option === b.options[i]);
}

/** What an answer and the log have in common: JSON that goes on an object which has begun. */
function decisionText(
  { generation }: Acting,
  { optionKeys, optionJson }: ServedVersion,
  role: Role,
  { probabilities }: Scores,
  { option, propensity }: Choice,
  decided = optionJson[option] ?? '""',
): string {
  let list = '';
  for (let i = 0; i < optionKeys.length; i++)
    list += `${i === 0 ? '' : ','}${optionKeys[i] ?? ''}${probabilities[i] ?? 0}`;
  return `,"generation":${generation},"role":"${role}","decision":${decided},"probabilities":{${list}},"propensity":${propensity}`;
}
