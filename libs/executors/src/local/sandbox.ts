import type { Readable } from "node:stream";
import type { CommandLine, Manifest } from "@rollerblade/analysis";
import type { CommandFolders } from "../command-arguments.ts";
import type { Room } from "../room.ts";
import type { AttemptFolder } from "./attempt-folder.ts";

/** A command that is to run with files that lie ready on this machine. */
export type Command = {
  readonly attempt: string;
  readonly argv: readonly string[];
  readonly folder: AttemptFolder;
  readonly image: string | null;
  /** Folder of the code, of a process. */
  readonly code: string | null;
  /** Name of the Docker network that was granted to the analysis; null for none. */
  readonly network: string | null;
  /** Folder that it is started in, below that of the outputs; null where the way has one of its own. */
  readonly startIn: string | null;
  /** How its manifest says that it is started. */
  readonly manifest: Pick<Manifest, "process" | "environment" | "entrypoint">;
  /** Cores. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  /** Seconds. */
  readonly timeout: number;
  readonly traceparent: string;
};

/** How a command came to its end. */
export type Exit = {
  readonly how:
    | "exited"
    | "out-of-memory"
    | "timed-out"
    | "cancelled"
    | "not-started"
    | "lost"
    /** It ended the process that watched it, and no other attempt's. */
    | "ended-watcher";
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly log: string;
  /** Why it could not start. */
  readonly reason?: string;
};

/** A way to run a command on this machine, closed off as well as the way allows. */
export type Sandbox = {
  readonly kind: string;
  readonly capacity: Room;
  /** Whether commands go on without this process, and can be adopted by the next one. */
  readonly outlivesUs: boolean;
  /** The arguments that the manifest has for this way; null leaves the image's own. */
  argvOf(manifest: Manifest): CommandLine | null;
  /** Where the command finds the folders of its files. */
  pathsOf(folder: AttemptFolder): CommandFolders;
  /** Refuses code that is not what was created. @returns what is wrong, or null */
  faultOfCode(job: {
    readonly code: string;
    readonly folder: string | null;
    readonly image: string | null;
    readonly manifest: Manifest;
  }): Promise<string | null>;
  /** Runs the command to its end; one that runs already is waited for. */
  run(command: Command): Promise<Exit>;
  /** Waits for a command of an earlier process; null when there is none. */
  adopt(command: Omit<Command, "argv">): Promise<Exit | null>;
  /** Ends a command; nothing happens when it has ended. */
  kill(attempt: string): Promise<void>;
  /** Streams what a command writes, from its beginning until its end; null when it does not run. */
  follow(attempt: string): Promise<Readable | null>;
  /** The attempts of which something still runs, of earlier processes too. */
  present(): Promise<readonly string[]>;
  /** Ends whatever runs of an attempt that no process takes care of any more. */
  sweep(attempt: string): Promise<void>;
  /** Lets go of what it needs to run commands; nothing runs any more. */
  close(): void;
};
