import { DEPLOYMENT, SHOWN_TOPICS, type Subject, TOPICS } from './topics.js';

/**
 * What an event makes stale, by its name: the topics people see, and `deployment`, a deployment as `GET …/deployments/{id}`
 * gives it, whenever it changed. Data alone, so that a page can have it without the schemas of the topics.
 */
export const SHOWN_SUBJECTS: ReadonlyMap<string, readonly Subject[]> = new Map([
  ['deployment', DEPLOYMENT],
  ...SHOWN_TOPICS.map((name): [string, readonly Subject[]] => [name, TOPICS[name].shown]),
]);
