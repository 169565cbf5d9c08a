import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ApproveBody, DeployBody, RollbackBody } from '#contracts/http/deployments';
import type { DropBody, ReplayBody } from '#contracts/http/feedback';
import type { ReconcileBody } from '#contracts/http/reconciliation';
import type { CanaryBody } from '#contracts/http/rollout';
import type { CancelRunBody, RetrainBody } from '#contracts/http/runs';
import type { LabelChange } from '../state/labels.js';
import { useApi } from './api-context.js';

export function useDeploy(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof DeployBody>) => client.call('deployVersion', { params: { model }, body }),
  });
}

/** One after the other, so that what failed is told and what was done before it stays. No event tells of it. */
export function useRelabel(model: string, version: string) {
  const { client } = useApi();
  const cache = useQueryClient();
  const params = { model, version };
  return useMutation({
    mutationFn: async ({ description, tags, setAliases, removeAliases }: LabelChange) => {
      if (description !== null) await client.call('describeVersion', { params, body: { description } });
      if (Object.keys(tags).length > 0) await client.call('tagVersion', { params, body: { tags } });
      for (const alias of setAliases) await client.call('setAlias', { params: { model }, body: { alias, version } });
      for (const alias of removeAliases) await client.call('removeAlias', { params: { model, alias } });
    },
    onSettled: async () => {
      for (const subject of ['version', 'versions', 'compare', 'audit'])
        await cache.invalidateQueries({ queryKey: [subject, model] });
    },
  });
}

/** No event tells of a consent that deploys nothing yet. */
export function useApprove(model: string, version: string) {
  const { client } = useApi();
  const cache = useQueryClient();
  return useMutation({
    onSuccess: () => cache.invalidateQueries({ queryKey: ['model', model] }),
    mutationFn: (body: z.input<typeof ApproveBody>) =>
      client.call('approveVersion', { params: { model, version }, body }),
  });
}

export function useRollback(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof RollbackBody>) => client.call('rollBack', { params: { model }, body }),
  });
}

export function useCanaryStep(model: string, step: 'advance' | 'abort') {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: CanaryBody) => client.call(`${step}Canary`, { params: { model }, body }),
  });
}

export function useRetrain(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof RetrainBody>) => client.call('requestTraining', { params: { model }, body }),
  });
}

export function useCancelRun(run_id: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: CancelRunBody) => client.call('cancelRun', { params: { run_id }, body }),
  });
}

export function useReconcile(model: string, reconciliation_id: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: ReconcileBody) =>
      client.call('decideReconciliation', { params: { model, reconciliation_id }, body }),
  });
}

export function useReplay() {
  const { client } = useApi();
  return useMutation({ mutationFn: (body: ReplayBody) => client.call('replayDeadLetters', { body }) });
}

export function useDrop() {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof DropBody>) => client.call('dropDeadLetters', { body }),
  });
}

/** Recomputing the whole chain is only done when somebody asks for it. */
export function useVerifyAudit() {
  const { client } = useApi();
  return useMutation({ mutationFn: () => client.call('verifyAudit') });
}

export function useTestAlerts() {
  const { client } = useApi();
  return useMutation({ mutationFn: () => client.call('testAlertChannels') });
}
