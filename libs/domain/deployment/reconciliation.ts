import { REASON, ratchet } from '#contracts/command-line';
import type { Reconciliation } from '#contracts/http/reconciliation';
import type { VersionRef } from '#contracts/primitives';
import { CAUSE_OF, Draft } from './draft.js';
import { type Decision, unchanged } from './effects.js';
import type { Context, InputOf } from './inputs.js';
import { hasRoomAbove, type Observation, ofAnotherHistory } from './observation.js';
import type { ModelState } from './state.js';
import { distinctVersions, warmVersions } from './versions.js';

/** From here on somebody else keeps publishing, and answering would go on for ever. */
const MOST_ANSWERS = 3;
/** As many former versions as deployments remember. */
const HISTORY = 50;

interface Elsewhere {
  generation: number;
  live: VersionRef | null;
}

/**
 * Compares what the topics and the instances say with what is wanted. What Kafka has lost is published again; where
 * a generation is found that this registry has not given out, it goes on above it as a new history.
 */
export function reconcile(state: ModelState, { observation }: InputOf<'reconcile'>, context: Context): Decision {
  const elsewhere = otherHistory(state, observation, context.highestSeen);
  if (elsewhere !== null) return answer(state, elsewhere, observation, context);
  const inTopics = observation.topics?.generation ?? 0;
  if (inTopics < state.generation) return publishAgain(state, inTopics, context);
  return agreement(state, observation, context);
}

/** The highest generation that this registry did not give out, and what is live by it; null when there is none. */
function otherHistory(state: ModelState, { topics, served }: Observation, highestSeen: number): Elsewhere | null {
  const candidates: Elsewhere[] = served
    .filter(({ generation }) => believed(generation) > state.generation)
    .map(({ generation, live }) => ({ generation, live }));
  if (topics !== null && (topics.generation > state.generation || conflicts(state, topics))) candidates.push(topics);
  const seen = Math.max(...[highestSeen, ...served.map(({ seenGeneration }) => seenGeneration)].map(believed));
  const highest = Math.max(seen, ...candidates.map(({ generation }) => generation));
  if (highest <= state.generation && candidates.length === 0) return null;
  const last = candidates.reduce<Elsewhere | null>(
    (best, one) => (best === null || one.generation > best.generation ? one : best),
    null,
  );
  return { generation: highest, live: last?.live ?? null };
}

/** What nobody can go above is a matter of the topics: once it is gone from them, those who remember it have to be restarted. */
const believed = (generation: number): number => (hasRoomAbove(generation) ? generation : 0);

/** The same number, given out by somebody else. */
const conflicts = (state: ModelState, topics: NonNullable<Observation['topics']>): boolean =>
  topics.generation === state.generation &&
  (ofAnotherHistory(state, topics.epoch) || topics.live?.digest !== state.live?.digest);

function answer(state: ModelState, elsewhere: Elsewhere, observation: Observation, context: Context): Decision {
  const { generation } = elsewhere;
  const draft = new Draft(state, context);
  const found = `Generation ${generation} with ${elsewhere.live?.version ?? 'nothing'} live was found, this registry had given out ${state.generation} with ${state.live?.version ?? 'nothing'} live`;
  if (!hasRoomAbove(generation) || observation.mendedOfLate >= MOST_ANSWERS) {
    const why = hasRoomAbove(generation)
      ? `It was answered ${observation.mendedOfLate} times of late: another registry or program writes to the same topics. Stop it.`
      : 'It leaves no room above it: delete the four topics of the desired state and apply them again, and restart the instances.';
    draft.alert('history-diverged', `${found}. ${why}`);
    return draft.decision();
  }
  const adopted = adoptable(state, elsewhere.live, observation, context);
  if (adopted === null && state.live === null) {
    draft.alert(
      'history-diverged',
      `${found}. Nothing was published: there is nothing to go back to. Deploy a version: ${ratchet('deploy', state.model, `--version V ${REASON}`)}`,
    );
    return draft.decision();
  }
  draft.state = { ...state, generation, epoch: context.newId() };
  if (adopted !== null) adopt(draft, adopted);
  const outcome = adopted === null ? 'restored' : 'adopted';
  const detail =
    adopted === null
      ? `${found}: ${state.live?.version} was published again above it.`
      : `${found}: ${adopted.version} stays live until somebody decides.`;
  publish(draft, detail);
  record(draft, state, elsewhere, { finding: 'other-history', outcome, detail, decision: null });
  draft.audit(`history.${outcome}`, 'registry', detail);
  draft.alert('history-diverged', detail);
  return draft.decision();
}

/**
 * What is live by the other history, if it should stay so: the registry lost sight of a good version, rather than that
 * somebody wrote nonsense. What the registry has a version for it judges by what it knows.
 */
function adoptable(
  state: ModelState,
  live: VersionRef | null,
  { served, whole }: Observation,
  { catalogue }: Context,
): VersionRef | null {
  if (live === null) return null;
  const known = catalogue.get(live.version);
  if (known !== undefined)
    return state.live === null && known.ref.digest === live.digest && known.state !== 'removed' ? known.ref : null;
  if ([...catalogue.values()].some(({ ref }) => ref.digest === live.digest) || !whole.has(live.digest)) return null;
  const answering = served.some((one) => one.live?.digest === live.digest);
  return answering || served.length === 0 ? live : null;
}

function adopt(draft: Draft, ref: VersionRef): void {
  const { live: left, history, warm, active, generation } = draft.state;
  if (active !== null) {
    draft.finish(active, 'superseded', `${ref.version} of another history was found live`);
    if (active.kind === 'deploy' && active.phase !== 'activating') draft.versionState(active.to.version, active.was);
  }
  const live = { ...ref, since: draft.now, generation: generation + 1, proven: true };
  const newHistory = distinctVersions([left, ...history], live).slice(0, HISTORY);
  draft.state = { ...draft.state, live, history: newHistory, warm: warmVersions(live, newHistory, left, warm) };
  if (left !== null) draft.versionState(left.version, 'superseded');
  draft.versionState(ref.version, 'live');
}

function publishAgain(state: ModelState, inTopics: number, context: Context): Decision {
  const draft = new Draft(state, context);
  const what = state.live === null ? 'that nothing is live' : `${state.live.version}`;
  const lost = inTopics === 0 ? 'Kafka no longer had any desired state' : `Kafka had only generation ${inTopics}`;
  const detail = `${lost}, this registry had given out ${state.generation}: ${what} was published again.`;
  draft.state = { ...state, generation: Math.max(state.generation, believed(context.highestSeen)) };
  publish(draft, detail);
  record(
    draft,
    state,
    { generation: inTopics, live: null },
    {
      finding: 'topics-lost',
      outcome: 'published-again',
      detail,
      decision: { decision: 'none-needed', actor: 'registry', reason: 'what was wanted is published', at: draft.now },
    },
  );
  draft.audit('desired-state.published-again', 'registry', detail);
  draft.alert('desired-state-lost', `${detail} Nothing is to be done.`);
  return draft.decision();
}

/** Publishes what the state says with the next generation, and asks every instance anew. */
function publish(draft: Draft, reason: string): void {
  const generation = draft.state.generation + 1;
  const { live, active } = draft.state;
  draft.state = { ...draft.state, live: live && { ...live, generation } };
  if (active === null) {
    draft.publish(live === null ? 'abort' : 'promote', draft.context.newId(), 'registry', reason);
    return;
  }
  const again = { ...active, generation, deadline_at: draft.deadline(), instances: draft.instances() };
  draft.state = { ...draft.state, active: again };
  draft.publish(CAUSE_OF(again), again.deployment_id, 'registry', reason);
  draft.follow(again);
}

function record(
  draft: Draft,
  before: ModelState,
  seen: Elsewhere,
  rest: Pick<Reconciliation, 'finding' | 'outcome' | 'detail' | 'decision'>,
): void {
  draft.effects.push({
    kind: 'reconciliation',
    record: {
      reconciliation_id: draft.context.newId(),
      model: before.model,
      found_at: draft.now,
      known: { generation: before.generation, version: before.live?.version ?? null },
      seen: {
        generation: seen.generation,
        version: seen.live?.version ?? null,
        digest: seen.live?.digest ?? null,
      },
      generation: draft.state.generation,
      ...rest,
    },
  });
}

/** The loss is over once every instance that is there answers by what was published again. */
function agreement(state: ModelState, { served, lossIsTold }: Observation, context: Context): Decision {
  const goal = state.live?.generation ?? 0;
  if (!lossIsTold || served.some(({ generation }) => generation < goal))
    return unchanged(`the topics and the registry agree on generation ${state.generation} of ${state.model}`);
  const draft = new Draft(state, context);
  draft.effects.push({ kind: 'resolve-alert', alert: 'desired-state-lost' });
  return draft.decision();
}
