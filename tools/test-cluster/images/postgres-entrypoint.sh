#!/bin/sh
# What the public image of PostgreSQL does at its start, for a server without psql: makes the cluster of databases once.
set -eu
case "${1:-}" in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"
: "${POSTGRES_USER:=postgres}" "${POSTGRES_DB:=$POSTGRES_USER}"
[ -z "${POSTGRES_PASSWORD_FILE:-}" ] || POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  secret=$(mktemp)
  printf '%s' "${POSTGRES_PASSWORD:?Say POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}" >"$secret"
  initdb --pgdata "$PGDATA" --username "$POSTGRES_USER" --pwfile "$secret" --auth-local trust --auth-host scram-sha-256 --encoding UTF8 --no-sync
  rm "$secret"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
  [ "$POSTGRES_DB" = postgres ] || echo "create database \"$POSTGRES_DB\"" | postgres --single -D "$PGDATA" postgres >/dev/null
fi
shift
exec postgres -D "$PGDATA" -k "${PGSOCKETS:-/tmp}" "$@"
