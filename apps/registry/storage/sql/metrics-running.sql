select model, kind, state as phase, extract(epoch from now() - started_at)::float8 as seconds
from registry.deployments where state in ('staging', 'canary', 'activating')
