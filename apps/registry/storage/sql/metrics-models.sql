select model, generation::float8 as generation, live_version, extract(epoch from live_since)::float8 as live_since,
  (state -> 'live' ->> 'generation')::float8 as live_generation, state ->> 'epoch' as epoch
from registry.models
