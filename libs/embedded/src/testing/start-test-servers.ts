import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { keepPublished } from "./keep-published.ts";
import { keeperSocket, testServersFolder } from "./test-servers-folder.ts";

const lease = z.object({
  databaseUrl: z.string(),
  natsUrl: z.string(),
  objectsUrl: z.string(),
  /** Whether the database is a copy of the template that was asked for; otherwise it is empty. */
  fromTemplate: z.boolean(),
});

/** Real servers for one test file: a database, a nats-server with JetStream, an empty folder for objects. */
export type TestServers = z.output<typeof lease> & {
  /** Keeps a copy of the database, to which nobody may be connected, as the template that was asked for. */
  keepTemplate(): Promise<void>;
  /** Gives them back: database, streams and objects are dropped, but for what `keepPublished` keeps. */
  stop(): Promise<void>;
};

/** The first run on a machine may have to fetch nats-server. */
const startTimeoutMs = 180_000;

/**
 * Servers for one test file, in about 100 ms; the first call of a run also starts PostgreSQL. They go when the test process
 * goes, however that ends. The database is empty, or a copy of `template` if somebody has kept one under this name.
 * @throws Problem `unavailable` with the log of the keeper when they do not come up.
 */
export const startTestServers = async (template = ""): Promise<TestServers> => {
  const { socket, text } = await askKeeper(template);
  // The connection is what holds the lease; it must not hold the process.
  socket.unref();
  const servers = lease.parse(JSON.parse(text));
  return {
    ...servers,
    async keepTemplate() {
      socket.ref();
      await nextLine(socket, "");
      socket.unref();
    },
    async stop() {
      await keepPublished(fileURLToPath(servers.objectsUrl));
      socket.destroy();
    },
  };
};

const askKeeper = async (template: string): Promise<{ socket: Socket; text: string }> => {
  const deadline = Date.now() + startTimeoutMs;
  const keeper = { failed: false, startedAt: 0 };
  while (Date.now() < deadline && !keeper.failed) {
    const socket = await dial();
    const text = socket === null ? null : await nextLine(socket, template);
    if (socket !== null && text !== null) return { socket, text };
    if (Date.now() - keeper.startedAt > 5_000) startKeeper(keeper);
    await sleep(25);
  }
  throw new Problem({
    code: "unavailable",
    message: "The servers for tests did not come up.",
    subject: logFile(),
    findings: [{ where: logFile(), message: readFileSync(logFile(), "utf8").slice(-2_000) }],
  });
};

const dial = async (): Promise<Socket | null> => {
  const socket = connect(keeperSocket());
  try {
    await once(socket, "connect");
    return socket;
  } catch {
    return null;
  }
};

/** Writes a line and gives the answer; null when the keeper hangs up without one: it was just about to end. */
const nextLine = (socket: Socket, line: string): Promise<string | null> =>
  new Promise((resolve) => {
    const answers = createInterface({ input: socket });
    socket.once("error", () => resolve(null));
    answers.once("line", (answer) => {
      answers.removeAllListeners("close");
      answers.close();
      resolve(answer);
    });
    answers.once("close", () => resolve(null));
    socket.write(`${line}\n`);
  });

/** Several may be started at once; the folder's lock leaves one. */
const startKeeper = (keeper: { failed: boolean; startedAt: number }): void => {
  keeper.startedAt = Date.now();
  mkdirSync(testServersFolder(), { recursive: true, mode: 0o711 });
  const log = openSync(logFile(), "w", 0o600);
  const program = fileURLToPath(new URL("./keep-test-servers.ts", import.meta.url));
  const child = spawn(process.execPath, [program], { detached: true, stdio: ["ignore", log, log], cwd: "/" });
  closeSync(log);
  child.once("exit", (code) => {
    keeper.failed ||= code !== 0;
  });
  child.unref();
};

const logFile = (): string => join(testServersFolder(), "keeper.log");
