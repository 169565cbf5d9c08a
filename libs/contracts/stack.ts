import { z } from 'zod';

/** `RATCHET_HOME/stack.json`: where `npm start` put what it started, so that the CLI finds it on other ports too. */
export const Stack = z.looseObject({
  registry: z.url(),
  feedback_ingest: z.url(),
  /** One address per serving instance. */
  serving: z.array(z.url()),
  trainer: z.url().optional(),
  evaluator: z.url().optional(),
  kafka_brokers: z.string().optional(),
  kafka_topic_prefix: z.string().optional(),
  /** Holds the generated password: the file is for its owner's eyes only. */
  database_url: z.string().optional(),
});
export type Stack = z.infer<typeof Stack>;
