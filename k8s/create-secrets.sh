#!/usr/bin/env bash
# Makes the secrets of an installation in the cluster that kubectl speaks to, once; what is there already stays as it is.
#
#   k8s/create-secrets.sh                                         for overlays/local, whose servers run in the cluster
#   DATABASE_URL=postgres://… OBJECTS=s3://key:secret@host/bucket k8s/create-secrets.sh      for overlays/production
set -euo pipefail

random() { openssl rand -hex 24; }
namespace=rollerblade
kubectl get namespace $namespace >/dev/null 2>&1 || kubectl apply -f "$(dirname "$0")/base/namespace.yaml"

create() {
  if kubectl -n $namespace get secret "$1" >/dev/null 2>&1; then echo "secret $1 is there already"; return; fi
  kubectl -n $namespace create secret generic "$@"
}

servers=$(kubectl -n $namespace get secret rollerblade-servers -o jsonpath='{.data}' 2>/dev/null || true)
if [ -z "$servers" ]; then
  # A letter first: NATS reads its password from a configuration file, where digits would be a number.
  create rollerblade-servers --from-literal=postgres-password="p$(random)" --from-literal=nats-password="n$(random)" --from-literal=s3-secret="s$(random)"
fi
of() { kubectl -n $namespace get secret rollerblade-servers -o jsonpath="{.data.$1}" | base64 -d; }

create rollerblade-admin --from-literal=token="$(random)"
create rollerblade \
  --from-literal=ROLLERBLADE_DATABASE_URL="${DATABASE_URL:-postgres://rollerblade:$(of postgres-password)@rollerblade-postgres:5432/rollerblade}" \
  --from-literal=ROLLERBLADE_NATS_URL="${NATS_URL:-nats://rollerblade:$(of nats-password)@rollerblade-nats:4222}" \
  --from-literal=ROLLERBLADE_OBJECTS="${OBJECTS:-s3+http://rollerblade:$(of s3-secret)@rollerblade-s3.rollerblade:7070/rollerblade}" \
  --from-literal=ROLLERBLADE_SERVICE_TOKEN="$(random)" \
  --from-literal=ROLLERBLADE_LINK_SECRET="$(random)"
