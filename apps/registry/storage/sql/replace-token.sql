insert into registry.tokens (name, role, token_hash, created_by) values ($1, $2, $3, $4)
on conflict (name) do update
set role = excluded.role, token_hash = excluded.token_hash, created_at = now(), revoked_at = null
where registry.tokens.token_hash <> excluded.token_hash
   or registry.tokens.role <> excluded.role
   or registry.tokens.revoked_at is not null
returning name
