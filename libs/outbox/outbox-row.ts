/** A committed event as it waits in the table. */
export interface OutboxRow {
  seq: string;
  id: string;
  topic: string;
  event: unknown;
  traceparent: string | null;
  created_at: Date;
}
