import type { Kafka } from 'kafkajs';
import type { InstallationClaimed } from '#contracts/events/installation';
import { readToEnd } from './read-to-end.js';

export const CLAIM_TOPIC = 'installation.claimed';

/**
 * Who has said that the topics are theirs, in the order in which the broker heard it: they belong to the first.
 *
 * @param group beginning of the name of the group that reads
 */
export async function readClaims(kafka: Kafka, group: string): Promise<InstallationClaimed[]> {
  return (await readToEnd(kafka, group, [CLAIM_TOPIC])).map(({ value }) => value);
}
