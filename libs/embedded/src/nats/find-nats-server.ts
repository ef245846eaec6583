import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, executablesOnPath, isExecutable } from "@rollerblade/programs";
import type { Log } from "../log.ts";
import { fetchNatsServer } from "./fetch-nats-server.ts";
import { natsVersion } from "./nats-release.ts";

const execute = promisify(execFile);

/** Consumers with several subjects came with this version. */
const oldest = [2, 10] as const;

/**
 * The path of a nats-server that is new enough: the one on PATH, else one that was fetched before, else fetched now into
 * the person's cache folder.
 * @throws Problem `unavailable` that names all three ways to get one.
 */
export const findNatsServer = async (log: Log): Promise<string> => {
  for await (const candidate of executablesOnPath("nats-server"))
    if (await isNewEnough(candidate, log)) return candidate;
  const cached = join(cacheFolder(), `nats-server-${natsVersion}`);
  if (await isExecutable(cached)) return cached;
  await mkdir(cacheFolder(), { recursive: true });
  log.info({ version: natsVersion }, `no nats-server on the PATH: fetching ${natsVersion}, once`);
  await fetchNatsServer(cached, log);
  return cached;
};

const isNewEnough = async (path: string, log: Log): Promise<boolean> => {
  const { stdout } = await execute(path, ["--version"], { timeout: 5_000 }).catch(() => ({ stdout: "" }));
  const [major = 0, minor = 0] = (/v(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
  const fine = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
  if (!fine) log.warn({ path, version: stdout.trim() }, `${path} is older than ${oldest.join(".")} and is not used`);
  return fine;
};
