import { v5 as uuidv5 } from 'uuid';
import { z } from 'zod';
import { type TrainingRequested, TrainingTrigger } from '#contracts/events/training';
import { Backend } from '#contracts/model-definition';
import { Actor, ModelName, Timestamp, Uuid } from '#contracts/primitives';
import { EVENT_NAMESPACE } from '#domain/feedback/event-id';
import { jsonOf, problemOf } from '#kafka/consume/invalid-event';
import type { InvalidEvent } from '#kafka/transport';

/** A request that cannot be carried out, with what is wrong in it. */
export interface BrokenRequest {
  readonly request: TrainingRequested;
  readonly reason: string;
  readonly remedy: string;
}

/** Of a request that does not fit its contract, what it takes to tell its sender; everything but the model has a default. */
const RequestEssentials = z.object({
  model: ModelName,
  request_id: Uuid.optional().catch(undefined),
  trigger: TrainingTrigger.catch('api'),
  actor: Actor.catch('kafka'),
  requested_at: Timestamp.optional().catch(undefined),
  model_type: z.unknown(),
});

/** Makes a refusable request of a message that does not fit the contract; null if it does not even name a model. */
export function brokenRequest(event: InvalidEvent, now: Date): BrokenRequest | null {
  const { id } = event;
  const essentials = RequestEssentials.safeParse(jsonOf(event));
  if (!essentials.success) return null;
  const { request_id, requested_at, model_type, ...rest } = essentials.data;
  const noBackend = model_type !== undefined && !Backend.safeParse(model_type).success;
  return {
    request: {
      ...rest,
      // The same message again is the same request.
      request_id: request_id ?? (Uuid.safeParse(id).success ? id : uuidv5(id, EVENT_NAMESPACE)),
      requested_at: requested_at ?? now.toISOString(),
      auto_deploy: false,
    },
    reason: noBackend
      ? `The request to train "${rest.model}" names ${JSON.stringify(model_type)} as model_type, which is no backend.`
      : `The request to train "${rest.model}" is wrong: ${problemOf(event)}.`,
    remedy: noBackend
      ? `Ask for one of the backends ${Backend.options.join(', ')}, or leave model_type out.`
      : 'Correct it and send it again; docs/asyncapi.yaml describes training.requested.',
  };
}
