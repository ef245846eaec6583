#!/usr/bin/env bash
# Makes the secrets of an installation in the cluster that kubectl speaks to, once; what is there already stays as it is. Each service gets
# one of its own with what it needs: a role of the database, a user of NATS, a key that signs its calls, and the bucket where it reads or
# writes it.
#
#   k8s/create-secrets.sh                                         for overlays/local, whose servers run in the cluster
#   DATABASE_URL=postgres://… OBJECTS=s3://key:secret@host/bucket k8s/create-secrets.sh      for overlays/production
#
# DATABASE_URL is that of an account that may make roles; services sign in as rollerblade_catalog and the like. The bucket of overlays/local
# knows each service by a key of its own; for another one, OBJECTS_CATALOG, OBJECTS_INGEST and so on give them.
set -euo pipefail

services="accounts catalog gateway ingest pipeline-router scheduler tagger"
# Accounts and the gateway neither read nor write the bucket: links lead to it directly.
bucket_services="catalog ingest pipeline-router scheduler tagger"
namespace=rollerblade
umask 077
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
kubectl get namespace $namespace >/dev/null 2>&1 || kubectl apply -f "$(dirname "$0")/base/namespace.yaml"

random() { openssl rand -hex 24; }
upper() { tr a-z A-Z <<<"$1"; }
there() { kubectl -n $namespace get secret "$1" >/dev/null 2>&1; }
of() { kubectl -n $namespace get secret "$1" -o jsonpath="{.data.$2}" | base64 -d; }
# The values come from a file: an argument would stand in the process list.
create() {
  if there "$1"; then echo "secret $1 is there already"; return; fi
  kubectl -n $namespace create secret generic "$1" --from-env-file="$2"
}

# An nkey of NATS: two bytes that say what it is, 32 of an Ed25519 key, a CRC-16 (XMODEM), all in base 32.
# https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth
nkey() {
  local hex=$1 crc=0 byte bit
  for ((at = 0; at < ${#hex}; at += 2)); do
    byte=$((16#${hex:at:2}))
    crc=$((crc ^ byte << 8))
    for bit in 1 2 3 4 5 6 7 8; do crc=$(((crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1) & 0xffff)); done
  done
  hex+=$(printf '%02x%02x' $((crc & 0xff)) $((crc >> 8)))
  printf '%b' "$(sed 's/../\\x&/g' <<<"$hex")" | base32 | tr -d '=\n'
}
last_32_bytes() { tail -c 32 | od -An -v -tx1 | tr -d ' \n'; }
# Sets seed and public: S and U for a user, 0x95 0x00 and 0xa0 before the bytes of the key.
new_nkey() {
  openssl genpkey -algorithm ed25519 -outform DER -out "$scratch/key"
  seed=$(nkey "9500$(last_32_bytes <"$scratch/key")")
  public=$(nkey "a0$(openssl pkey -inform DER -in "$scratch/key" -pubout -outform DER | last_32_bytes)")
}

# Writes a key pair for each service, by which services believe each other's calls. Each gets its own private key, and all public ones.
new_service_keys() {
  local service keys=""
  for service in $services; do
    openssl genpkey -algorithm ed25519 -outform DER -out "$scratch/key"
    base64 <"$scratch/key" | tr -d '\n' >"$scratch/$service.key"
    keys+="${keys:+, }\"$service\": [\"$(openssl pkey -inform DER -in "$scratch/key" -pubout -outform DER | base64 | tr -d '\n')\"]"
  done
  public_keys="{$keys}"
}
# An installation whose services showed each other one secret gets the keys, too.
add_service_keys() {
  new_service_keys
  for service in $services; do
    echo "{\"stringData\": {\"ROLLERBLADE_SERVICE_KEY\": \"$(cat "$scratch/$service.key")\", \"ROLLERBLADE_SERVICE_PUBLIC_KEYS\": \"${public_keys//\"/\\\"}\"}, \"data\": {\"ROLLERBLADE_SERVICE_TOKEN\": null}}" >"$scratch/patch"
    kubectl -n $namespace patch secret "rollerblade-$service" --patch-file "$scratch/patch"
  done
}

# Writes a key of the bucket of overlays/local for each service that needs one, and the file by which VersityGW knows them.
new_bucket_keys() {
  local service accounts=""
  for service in $bucket_services; do
    random >"$scratch/$service.bucket"
    accounts+="${accounts:+, }\"$service\": {\"access\": \"$service\", \"secret\": \"$(cat "$scratch/$service.bucket")\", \"role\": \"user\"}"
  done
  echo "users.json={\"accessAccounts\": {$accounts}}" >"$scratch/bucket-accounts"
}
local_bucket() { echo "s3+http://$1:$(cat "$scratch/$1.bucket")@rollerblade-s3.rollerblade:7070/rollerblade"; }
# An installation whose services shared the one key of this bucket gets the keys, too.
add_bucket_keys() {
  new_bucket_keys
  # The last patch tells that all of it was done: a run that was cut short begins anew.
  kubectl -n $namespace delete secret --ignore-not-found rollerblade-s3-accounts
  create rollerblade-s3-accounts "$scratch/bucket-accounts"
  for service in $bucket_services; do
    echo "{\"stringData\": {\"ROLLERBLADE_OBJECTS\": \"$(local_bucket "$service")\"}}" >"$scratch/patch"
    kubectl -n $namespace patch secret "rollerblade-$service" --patch-file "$scratch/patch"
  done
}

if ! there rollerblade-servers; then
  # A letter first: NATS reads its password from a configuration file, where digits would be a number.
  printf '%s\n' "postgres-password=p$(random)" "nats-cluster-password=n$(random)" "s3-secret=s$(random)" >"$scratch/servers"
  create rollerblade-servers "$scratch/servers"
elif [ -z "$(of rollerblade-servers nats-cluster-password)" ]; then
  echo "{\"stringData\": {\"nats-cluster-password\": \"n$(random)\"}}" >"$scratch/patch"
  kubectl -n $namespace patch secret rollerblade-servers --patch-file "$scratch/patch"
fi
echo "token=$(random)" >"$scratch/admin"
create rollerblade-admin "$scratch/admin"

if there rollerblade-migrate; then
  if [ -z "$(of rollerblade-tagger ROLLERBLADE_SERVICE_PUBLIC_KEYS)" ]; then add_service_keys; fi
  case $(of rollerblade-tagger ROLLERBLADE_OBJECTS) in
  s3+http://rollerblade:*@rollerblade-s3.rollerblade:7070/rollerblade) add_bucket_keys ;;
  esac
  echo "secret rollerblade-migrate already exists, and with it those of the services"
  exit
fi
# What a run that was cut short has left does not fit the keys that are made now.
kubectl -n $namespace delete secret --ignore-not-found rollerblade-nats-keys rollerblade-s3-accounts $(printf 'rollerblade-%s ' $services)
database=${DATABASE_URL:-postgres://rollerblade:$(of rollerblade-servers postgres-password)@rollerblade-postgres:5432/rollerblade}
nats=${NATS_HOST:-rollerblade-nats:4222}
new_bucket_keys
new_service_keys
link_secret=$(random)
passwords=""
: >"$scratch/nats"

for service in $services; do
  name=${service//-/_}
  password=$(random)
  passwords+="${passwords:+, }\"$service\": \"$password\""
  new_nkey
  echo "NATS_KEY_$(upper "$name")=$public" >>"$scratch/nats"
  {
    echo "ROLLERBLADE_DATABASE_URL=$(sed -E "s#^(postgres(ql)?://)[^@]*@#\1rollerblade_$name:$password@#" <<<"$database")"
    echo "ROLLERBLADE_NATS_URL=nats://$service:$seed@$nats"
    own="OBJECTS_$(upper "$name")"
    case " $bucket_services " in
    *" $service "*) echo "ROLLERBLADE_OBJECTS=${!own:-${OBJECTS:-$(local_bucket "$service")}}" ;;
    *) echo "ROLLERBLADE_OBJECTS=none:" ;;
    esac
    echo "ROLLERBLADE_SERVICE_KEY=$(cat "$scratch/$service.key")"
    echo "ROLLERBLADE_SERVICE_PUBLIC_KEYS=$public_keys"
    echo "ROLLERBLADE_LINK_SECRET=$link_secret"
  } >"$scratch/$service"
  create "rollerblade-$service" "$scratch/$service"
done

new_nkey
echo "NATS_KEY_OPERATOR=$public" >>"$scratch/nats"
create rollerblade-nats-keys "$scratch/nats"
if [ -z "${OBJECTS:-}" ]; then create rollerblade-s3-accounts "$scratch/bucket-accounts"; fi
# The last one: a run that was cut short is repeated as a whole.
printf '%s\n' "ROLLERBLADE_DATABASE_URL=$database" "ROLLERBLADE_DATABASE_PASSWORDS={$passwords}" \
  "ROLLERBLADE_NATS_URL=nats://operator:$seed@$nats" >"$scratch/migrate"
create rollerblade-migrate "$scratch/migrate"
