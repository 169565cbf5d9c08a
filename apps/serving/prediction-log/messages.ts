import type { KafkaEnv } from '#platform/config';
import type { SharedRing } from './ring.js';

/** What the sending thread is started with. */
export interface SenderSettings {
  readonly ring: SharedRing;
  readonly kafka: KafkaEnv;
  readonly logLevel: string;
  readonly instance: string;
  /** Whether it tells what it has published. */
  readonly traces: boolean;
}

/** What the sending thread says. */
export type SenderNews =
  | { readonly kind: 'failing'; readonly reason: string }
  | { readonly kind: 'works' }
  | {
      readonly kind: 'published';
      readonly answers: readonly { readonly id: string; readonly model: string }[];
      /** In milliseconds since 1970. */
      readonly from: number;
      readonly to: number;
    };

/** Anything sent to the thread only wakes it; what to do stands in the ring. */
export const WAKE = 'wake';
