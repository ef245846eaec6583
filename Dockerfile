# The manifests alone: installing is repeated only when one of them changes.
FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY . .
RUN mkdir /manifests \
  && find package.json bin console libs services tools tests examples -name package.json -exec cp --parents {} /manifests \; \
  && cp -r package-lock.json .npmrc patches /manifests

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY --from=manifests /manifests ./
# Exactly what the lock file names. The servers that `rollerblade up` would start are optional packages, and no part of the image.
RUN npm ci --omit=dev --omit=optional -w bin -w libs -w services --include-workspace-root \
  && npm cache clean --force
# A workspace of the image alone: npm would call missing what the others ask for. Without --omit: it would leave out what is optional
# to one and needed by another.
RUN npm pkg set --json 'workspaces=["bin", "libs/*", "services/*"]' \
  && npm pkg delete devDependencies --workspaces --include-workspace-root \
  && npm sbom --offline --sbom-format=spdx --sbom-type=application >sbom.spdx.json

# The console, by the packages that only building it takes.
FROM manifests AS console
RUN cp -r /manifests /build
WORKDIR /build
RUN npm ci --ignore-scripts -w console --include-workspace-root
COPY . .
RUN node console/build.ts

# What runs is bundled. A service that is loaded from a few files of plain JavaScript takes less memory than one from a thousand
# sources, and the staging program, which every Pod of an analysis starts twice, starts in half the time.
FROM packages AS bundles
COPY --from=manifests /manifests/package-lock.json /tools/
RUN npm install --prefix /tools "esbuild@$(node -p "require('/tools/package-lock.json').packages['node_modules/esbuild'].version")" --no-package-lock \
  && cp -r /tools/node_modules/. node_modules/
COPY . .
COPY --from=console /build/console/dist ./console/dist
RUN node tools/bundle/src/bundle-image.ts /bundles \
  && chmod +x /bundles/bin/rollerblade.js \
  && node_modules/.bin/esbuild libs/staging/src/main.ts --bundle --platform=node --format=cjs --target=node24 --outfile=/staging/staging.cjs

FROM node:24-bookworm-slim
# Two arenas of glibc's malloc instead of eight a processor (mallopt(3)): the threads of Node hold little, and each arena keeps what it freed.
ENV NODE_ENV=production \
  MALLOC_ARENA_MAX=2 \
  ROLLERBLADE_HOST=0.0.0.0 \
  ROLLERBLADE_PORT=7700 \
  NODE_COMPILE_CACHE=/tmp/compiled
WORKDIR /app
EXPOSE 7700
# Half of the young generation, in MiB (16 by default): a service at rest keeps it resident once a burst has filled it.
ENTRYPOINT ["node", "--max-semi-space-size=2", "/app/dist/image/bin/rollerblade.js"]
CMD ["--help"]
# Of a service; in Kubernetes the probes of the Pod take its place.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ROLLERBLADE_PORT}/healthz`).then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
RUN ln -s /app/dist/image/bin/rollerblade.js /usr/local/bin/rollerblade
RUN mkdir /compiled && chmod 1777 /compiled
# A number, so that Kubernetes can see that it is not root.
USER 1000:1000
COPY --from=packages /app/node_modules ./node_modules
COPY --from=packages /app/sbom.spdx.json ./
# What changes often comes last.
COPY LICENSE package.json package-lock.json ./
COPY bin ./bin
COPY examples ./examples
COPY libs ./libs
COPY services ./services
COPY --from=bundles /bundles ./dist/image
# Compiled beforehand, by the user that it runs as.
COPY --from=bundles /staging ./
USER 65532:65532
RUN NODE_COMPILE_CACHE=/compiled node staging.cjs stage-in 2>/dev/null || true
USER 1000:1000
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Rollerblade" \
  org.opencontainers.image.description="Brain scans as BIDS, analyses as containers, a few lines of configuration to decide what runs next" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}"
