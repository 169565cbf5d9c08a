-- Nothing else refers to the same package.
select v.model, v.version, v.digest from registry.versions v
where v.state = 'removed' and v.artifacts_removed_at is null
  and not exists (select 1 from registry.versions o where o.digest = v.digest and o.state <> 'removed')
