import { PassThrough, type Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { backOffMs, Problem } from "@rollerblade/errors";
import Docker from "dockerode";
import type { Command, Exit, Sandbox } from "../local/sandbox.ts";
import type { Room } from "../room.ts";
import { containerName, containerPaths, containerSpec, labels } from "./container-spec.ts";
import { splitLog } from "./split-log.ts";

/** Nobody, where we are root ourselves and may read whatever it writes. */
const nobody = "65534:65534";

/** Delays between two tries to reach a daemon that went away: a restart takes seconds. */
const reconnecting = { minMs: 200, maxMs: 5_000 };

type Sandboxed = { readonly docker: Docker; readonly cancelled: Set<string>; readonly timedOut: Set<string> };

/** Runs images as containers of the local Docker; they go on when this process dies, and the next one finds them by label. */
export const createDockerSandbox = (installation: string, capacity: Room, docker = new Docker()): Sandbox => {
  const sandboxed: Sandboxed = { docker, cancelled: new Set(), timedOut: new Set() };
  const own = { label: [`${labels.installation}=${installation}`] };
  return {
    kind: "docker",
    capacity,
    outlivesUs: true,
    argvOf: (manifest) => manifest.command,
    pathsOf: () => ({ ...containerPaths, work: "/tmp" }),
    faultOfCode: async ({ image }) => (image === null ? "the analysis has no image" : null),
    async run(command) {
      const fault = await faultOf(async () => {
        await make(docker, command, installation);
        await start(docker, command.attempt);
      });
      return fault === null ? watch(sandboxed, command) : notStarted(docker, command.attempt, fault);
    },
    async adopt(command) {
      const known = await inspect(docker, command.attempt);
      if (known === null) return null;
      // Who made it may have died before it was started; one that has ended must not run again.
      const isNew = known.State.Status === "created";
      const fault = isNew ? await faultOf(() => start(docker, command.attempt)) : null;
      return fault === null ? watch(sandboxed, command) : notStarted(docker, command.attempt, fault);
    },
    async kill(attempt) {
      sandboxed.cancelled.add(attempt);
      await kill(docker, attempt);
    },
    follow: (attempt) => followLog(docker, attempt),
    async present() {
      const found = await docker.listContainers({ all: true, filters: own }).catch((error: unknown) => {
        // Where no Docker answers, none of ours can run.
        if (isAway(error)) return [];
        throw error;
      });
      // A volume may outlive its container where whoever removed both died in between.
      const { Volumes: volumes } = await docker.listVolumes({ filters: own });
      return [...new Set([...found, ...volumes].flatMap(({ Labels }) => Labels?.[labels.attempt] ?? []))];
    },
    close: () => {},
    sweep: (attempt) => removeContainer(docker, attempt),
  };
};

/** Streams the log of a container without the bytes that Docker puts before each piece. */
const followLog = async (docker: Docker, attempt: string): Promise<Readable | null> => {
  const log = await docker
    .getContainer(containerName(attempt))
    .logs({ follow: true, stdout: true, stderr: true })
    .catch((error: unknown) => {
      // 409: it is being removed.
      if (statusOf(error) === 404 || statusOf(error) === 409) return null;
      throw error;
    });
  if (log === null) return null;
  const plain = new PassThrough();
  docker.modem.demuxStream(log, plain, plain);
  // What still arrives after the end, or breaks while nobody reads, must not end the process.
  plain.on("error", () => undefined);
  for (const event of ["end", "close", "error"] as const) log.on(event, () => plain.end());
  plain.once("close", () => {
    if ("destroy" in log && typeof log.destroy === "function") log.destroy();
  });
  return plain;
};

/** Makes the container; one that exists already was made by a start that is repeated. */
const make = async (docker: Docker, command: Command, installation: string): Promise<void> => {
  const volumes = await volumesOf(docker, command.image ?? "");
  await docker.createContainer(containerSpec(command, installation, userOf(), volumes)).catch(unless(409));
};

/** The paths at which an image declares volumes; none of an image that is not here, which making its container reports. */
export const volumesOf = async (docker: Docker, image: string): Promise<string[]> => {
  const found = await docker.getImage(image).inspect().catch(unless(404));
  return Object.keys(found?.Config.Volumes ?? {});
};

/** Starts a container that was made. */
const start = async (docker: Docker, attempt: string): Promise<void> => {
  // 304: it runs already.
  await docker.getContainer(containerName(attempt)).start().catch(unless(304));
};

/** Why it failed; null when it did not. @throws Problem `unavailable` when Docker does not answer, which is nobody's failure */
const faultOf = async (work: () => Promise<void>): Promise<string | null> => {
  try {
    await work();
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (isAway(error)) throw new Problem({ code: "unavailable", message: `Docker does not answer: ${message}.` });
    return message;
  }
};

/** Who runs in a container: we ourselves, so that its files are ours, and nobody where we are root. */
export const userOf = (): string => {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? nobody : `${uid}:${gid}`;
};

/** Waits for the end, within the time that counts from the container's own start; then removes the container. */
const watch = async (sandboxed: Sandboxed, { attempt, timeout }: Omit<Command, "argv">): Promise<Exit> => {
  const { docker, timedOut, cancelled } = sandboxed;
  const begun = await inspect(docker, attempt);
  const startedAt = Date.parse(begun?.State.StartedAt ?? "") || Date.now();
  const end = async (): Promise<void> => {
    timedOut.add(attempt);
    await kill(docker, attempt);
  };
  const timer = setTimeout(() => void end(), Math.max(0, startedAt + timeout * 1000 - Date.now()));
  try {
    await waitFor(docker, attempt);
    return await exitOf(sandboxed, attempt);
  } finally {
    clearTimeout(timer);
    timedOut.delete(attempt);
    cancelled.delete(attempt);
    await removeContainer(docker, attempt);
  }
};

/** The daemon may be restarted meanwhile; the container's end is still there to be read afterwards. */
const waitFor = async (docker: Docker, attempt: string): Promise<void> => {
  for (let failures = 1; ; failures++) {
    try {
      await docker.getContainer(containerName(attempt)).wait();
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      await sleep(backOffMs(failures, reconnecting));
    }
  }
};

const exitOf = async ({ docker, cancelled, timedOut }: Sandboxed, attempt: string): Promise<Exit> => {
  const known = await inspect(docker, attempt);
  const wasCancelled = cancelled.has(attempt);
  if (known === null) {
    const how = wasCancelled ? "cancelled" : "not-started";
    return { how, exitCode: null, signal: null, log: "", reason: "the container was removed by somebody" };
  }
  const { ExitCode: exitCode, OOMKilled: oom, Error: reason } = known.State;
  const log = splitLog(await docker.getContainer(containerName(attempt)).logs({ stdout: true, stderr: true }));
  const parts = { exitCode, signal: null, log, ...(reason !== "" && { reason }) };
  if (wasCancelled) return { ...parts, how: "cancelled" };
  if (timedOut.has(attempt)) return { ...parts, how: "timed-out" };
  // A child may have been ended while the command itself came through.
  if (oom && exitCode !== 0) return { ...parts, how: "out-of-memory" };
  return { ...parts, how: known.State.Status === "created" ? "not-started" : "exited" };
};

const notStarted = async (docker: Docker, attempt: string, reason: string): Promise<Exit> => {
  await removeContainer(docker, attempt);
  return { how: "not-started", exitCode: null, signal: null, log: "", reason };
};

const inspect = async (docker: Docker, attempt: string): Promise<Docker.ContainerInspectInfo | null> => {
  try {
    return await docker.getContainer(containerName(attempt)).inspect();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
};

const kill = async (docker: Docker, attempt: string): Promise<void> => {
  // 409: it does not run.
  await docker.getContainer(containerName(attempt)).kill().catch(unless(404, 409));
};

/** Removes the container of an attempt with the volumes that were made for it. */
export const removeContainer = async (docker: Docker, attempt: string): Promise<void> => {
  // 409: somebody is removing it already.
  await docker.getContainer(containerName(attempt)).remove({ force: true, v: true }).catch(unless(404, 409));
  const { Volumes: volumes } = await docker.listVolumes({ filters: { label: [`${labels.attempt}=${attempt}`] } });
  for (const { Name } of volumes) await docker.getVolume(Name).remove().catch(unless(404, 409));
};

const unless =
  (...statuses: readonly number[]) =>
  (error: unknown): undefined => {
    if (!statuses.includes(statusOf(error) ?? 0)) throw error;
  };

const isAway = (error: unknown): boolean =>
  error instanceof Error && "code" in error && ["ENOENT", "ECONNREFUSED", "EACCES"].includes(String(error.code));

const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && "statusCode" in error && typeof error.statusCode === "number"
    ? error.statusCode
    : undefined;
