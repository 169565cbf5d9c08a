-- Runs whose worker is gone: its lock was given back by Postgres. Locked, so that one worker deals with each.
select * from training.runs r
where state = 'running' and owner > 0 and not exists (
  select from pg_locks l
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2
    and l.database = (select oid from pg_database where datname = current_database())
    and l.classid = $1 and l.objid = r.owner)
for update skip locked
