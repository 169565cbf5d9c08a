import { useMutation } from '@tanstack/react-query';
import type { z } from 'zod';
import type { ReplayAccepted, ReplayBody } from '#contracts/http/feedback';
import type {
  AuditVerification,
  CommandAccepted,
  DeployBody,
  RetrainAccepted,
  RetrainBody,
  RollbackBody,
} from '#contracts/http/registry';
import type { CanaryAccepted, CanaryBody } from '#contracts/http/rollout';
import { useApi } from './api-context.js';

const at = (model: string): string => `/v1/models/${encodeURIComponent(model)}`;

export function useDeploy(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof DeployBody>) => client.post<CommandAccepted>(`${at(model)}/deploy`, body),
  });
}

export function useRollback(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof RollbackBody>) => client.post<CommandAccepted>(`${at(model)}/rollback`, body),
  });
}

export function useCanaryStep(model: string, step: 'advance' | 'abort') {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: CanaryBody) => client.post<CanaryAccepted>(`${at(model)}/canary/${step}`, body),
  });
}

export function useRetrain(model: string) {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: z.input<typeof RetrainBody>) =>
      client.post<z.infer<typeof RetrainAccepted>>(`${at(model)}/retrain`, body),
  });
}

export function useReplay() {
  const { client } = useApi();
  return useMutation({
    mutationFn: (body: ReplayBody) => client.post<ReplayAccepted>('/v1/dead-letters/replay', body),
  });
}

/** Recomputing the whole chain is only done when somebody asks for it. */
export function useVerifyAudit() {
  const { client } = useApi();
  return useMutation({ mutationFn: () => client.get<AuditVerification>('/v1/audit/verify') });
}
