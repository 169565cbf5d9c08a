select v.version, v.digest, v.artifact_uri, v.state, e.verdict
from registry.versions v
left join registry.evaluations e on e.evaluation_id = v.evaluation_id
where v.model = $1
