import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { Command } from "../local/sandbox.ts";

/** Where a container finds its files. */
export const containerPaths = { in: "/rollerblade/in", out: "/rollerblade/out" } as const;

/** Labels by which a later process finds what this one began. */
export const labels = { attempt: "rollerblade.attempt", installation: "rollerblade.installation" } as const;

/** Processes and threads that a container may have. */
const pids = 1024;

/** The name of an attempt's container: making it twice fails, so a repeated submit makes nothing twice. */
export const containerName = (attempt: string): string => `rollerblade-${attempt}`;

/**
 * A container that can do nothing but compute: no network unless one was granted to its analysis, nothing to write to but its output and
 * temporary folder, no capabilities, no way to gain any, not root.
 * @param user `uid:gid` that may read what the container wrote
 * @param volumes where the image declares volumes (`VOLUME` of a Dockerfile)
 */
export const containerSpec = (
  command: Command,
  installation: string,
  user: string,
  volumes: readonly string[] = [],
): ContainerCreateOptions => ({
  name: containerName(command.attempt),
  Image: command.image ?? "",
  ...(command.manifest.entrypoint !== undefined && { Entrypoint: [...command.manifest.entrypoint] }),
  ...(command.argv.length > 0 && { Cmd: [...command.argv] }),
  ...(command.startIn !== null && { WorkingDir: `${containerPaths.out}/${command.startIn}` }),
  User: user,
  Env: [
    `ROLLERBLADE_IN=${containerPaths.in}`,
    `ROLLERBLADE_OUT=${containerPaths.out}`,
    "HOME=/tmp",
    "TMPDIR=/tmp",
    "USER=rollerblade",
    "LOGNAME=rollerblade",
    `ROLLERBLADE_CPUS=${command.cpu}`,
    `ROLLERBLADE_MEMORY_BYTES=${Math.ceil(command.memory)}`,
    ...(command.traceparent === "" ? [] : [`TRACEPARENT=${command.traceparent}`]),
  ],
  Labels: { [labels.attempt]: command.attempt, [labels.installation]: installation },
  HostConfig: {
    NetworkMode: command.network ?? "none",
    ReadonlyRootfs: true,
    Binds: [
      `${command.folder.in}:${containerPaths.in}:ro`,
      `${command.folder.out}:${containerPaths.out}:rw`,
      // On the disk: a tmpfs would count as memory, and FreeSurfer needs more room than that.
      `${command.folder.tmp}:/tmp:rw`,
    ],
    Mounts: readOnlyVolumes(command.attempt, installation, volumes),
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    Memory: Math.ceil(command.memory),
    // The same as the memory: no swap, so that the limit is one.
    MemorySwap: Math.ceil(command.memory),
    NanoCpus: Math.round(command.cpu * 1e9),
    PidsLimit: pids,
    // Reaps orphans inside, and hands signals on.
    Init: true,
    // Attempts that were ended by the kernel must not be restarted behind our back.
    RestartPolicy: { Name: "no" },
    LogConfig: { Type: "json-file", Config: { "max-size": "1m", "max-file": "2" } },
  },
});

/** Paths at which a container has folders of its own. */
const ownPaths: readonly string[] = [containerPaths.in, containerPaths.out, "/tmp"];

/**
 * Volumes in the place of those that Docker would make for an image, with the same content and nothing to write to: in one of Docker's a
 * program could fill the disk of the host beside the limit that is watched. Docker lets no volume without a name be read-only.
 */
const readOnlyVolumes = (attempt: string, installation: string, paths: readonly string[]): MountSettings[] =>
  paths
    .filter((path) => !ownPaths.includes(path))
    .map((path, index) => ({
      Type: "volume",
      Source: `${containerName(attempt)}-${index}`,
      Target: path,
      ReadOnly: true,
      VolumeOptions: {
        NoCopy: false,
        Labels: { [labels.attempt]: attempt, [labels.installation]: installation },
        DriverConfig: { Name: "local", Options: {} },
      },
    }));
