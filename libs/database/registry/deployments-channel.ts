/** Postgres tells every registry here, by its id, of each deployment that changed. */
export const DEPLOYMENTS_CHANNEL = 'ratchet_registry_deployments';
