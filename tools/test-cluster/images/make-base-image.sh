#!/usr/bin/env bash
# Makes node:24-bookworm-slim from Debian's and npm's packages, for machines that reach no image registry. Dockerfiles build on it
# unchanged. Needs root, debootstrap, npm and a running Docker engine; takes half a minute.
set -euo pipefail
node_version=${1:?usage: make-base-image.sh NODE_VERSION}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
system=$folder/system

debootstrap --variant=minbase --include=ca-certificates bookworm "$system" >"$folder/debootstrap.log" 2>&1 ||
  { tail -n 20 "$folder/debootstrap.log" >&2; exit 1; }
# The certificates that this machine trusts, so that package managers inside reach what they reach outside.
install -D /etc/ssl/certs/ca-certificates.crt "$system/etc/ssl/certs/ca-certificates.crt"

(cd "$folder" && npm init --yes >/dev/null && npm install --loglevel=error "node@$node_version" >/dev/null)
install -D "$folder/node_modules/node/bin/node" "$system/usr/local/bin/node"

modules=$system/usr/local/lib/node_modules
mkdir -p "$modules/npm"
(cd "$folder" && npm pack --silent npm@11 >/dev/null)
tar -xzf "$folder"/npm-11*.tgz -C "$modules/npm" --strip-components=1
for command in npm npx; do ln -s "../lib/node_modules/npm/bin/$command-cli.js" "$system/usr/local/bin/$command"; done

# The public image has this account.
chroot "$system" groupadd --gid 1000 node
chroot "$system" useradd --uid 1000 --gid node --create-home node

rm -rf "$system"/var/cache/apt/archives/*.deb "$system"/var/lib/apt/lists/*
tar -C "$system" -c . | docker import \
  --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' --change 'CMD ["node"]' - node:24-bookworm-slim >/dev/null
