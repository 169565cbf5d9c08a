-- Where it was in its life before it was removed.
update registry.versions
set state = removed_from, artifact_uri = coalesce($3, artifact_uri), removed_at = null, removed_from = null,
  artifacts_removed_at = null
where model = $1 and version = $2 and state = 'removed'
returning version
