#!/bin/sh
set -eu
data=/var/lib/postgresql/18/docker
bin=/usr/local/pgsql/bin
if [ ! -e "$data/PG_VERSION" ]; then
  password=$(mktemp)
  printf %s "$POSTGRES_PASSWORD" > "$password"
  mkdir -p "$data"
  "$bin/initdb" --pgdata="$data" --username="$POSTGRES_USER" --pwfile="$password" --auth-host=scram-sha-256 --auth-local=trust --encoding=UTF8 --locale=C >/dev/null
  rm "$password"
  echo 'host all all all scram-sha-256' >> "$data/pg_hba.conf"
  "$bin/pg_ctl" --pgdata="$data" --wait -o "-c listen_addresses='' -c unix_socket_directories=/var/run/postgresql" start >/dev/null
  createdb --username="$POSTGRES_USER" --maintenance-db=postgres "$POSTGRES_DB" || true
  "$bin/pg_ctl" --pgdata="$data" --wait stop >/dev/null
fi
exec "$bin/postgres" -D "$data" -c listen_addresses='*' -c unix_socket_directories=/var/run/postgresql
