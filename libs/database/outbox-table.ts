/** Channel on which a schema's outbox announces committed rows. */
export const outboxChannel = (schema: string): string => `ratchet_outbox_${schema}`;

/**
 * Statements for a migration: `SCHEMA.outbox`, and a trigger that wakes the relay when the transaction commits, in
 * whichever process that is. `event` is json, not jsonb, so that numbers and key order reach Kafka as written.
 *
 * @param schema one of the service's own schema names, never something from outside
 */
export function outboxTable(schema: string): string[] {
  return [
    `CREATE TABLE ${schema}.outbox (
       seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
       id uuid NOT NULL UNIQUE,
       topic text NOT NULL,
       event json NOT NULL,
       traceparent text,
       created_at timestamptz NOT NULL DEFAULT now()
     )`,
    `CREATE FUNCTION ${schema}.announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
     BEGIN
       PERFORM pg_notify('${outboxChannel(schema)}', '');
       RETURN NULL;
     END $$`,
    `CREATE TRIGGER outbox_announced AFTER INSERT ON ${schema}.outbox
       FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.announce_outbox()`,
  ];
}

/** The statements that undo `outboxTable`. */
export function dropOutboxTable(schema: string): string[] {
  return [`DROP TABLE ${schema}.outbox`, `DROP FUNCTION ${schema}.announce_outbox()`];
}
