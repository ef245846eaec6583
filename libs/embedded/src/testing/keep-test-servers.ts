/**
 * The process that keeps servers for test files: one PostgreSQL for all of them, and for each a database, a nats-server and
 * a folder. A test file holds them as long as its connection to this process is open, so whatever ends a test, kill -9
 * included, gives back what it had. It ends itself when nobody has asked for a while.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { Problem } from "@rollerblade/errors";
import postgres from "postgres";
import { lockFolder } from "../folder-lock.ts";
import { silentLog } from "../log.ts";
import { newNatsSeed } from "../nats/nats-key.ts";
import { startNats } from "../nats/nats-server.ts";
import { operatorName } from "../nats/nats-users.ts";
import { type PostgresServer, startPostgres } from "../postgres/postgres-server.ts";
import { loadSecrets } from "../secrets.ts";
import { keeperSocket, testServersFolder } from "./test-servers-folder.ts";

/** Milliseconds without a test file after which the keeper ends. */
const idleTimeoutMs = 20_000;

type Lease = {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  readonly objectsUrl: string;
  /** Whether the database is a copy of the template that was asked for, and no empty one. */
  readonly fromTemplate: boolean;
};

const keep = async (): Promise<void> => {
  const folder = testServersFolder();
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const lock = await lockFolder(folder);
  const leases = join(folder, "leases");
  await rm(leases, { recursive: true, force: true });
  await mkdir(leases, { mode: 0o700 });
  const { postgresPassword } = await loadSecrets(folder, []);
  const server = await startPostgres({ folder, password: postgresPassword, durability: "throw-away", log: silentLog });
  const admin = postgres(server.url(), { max: 4, onnotice: () => {} });
  await dropLeftovers(admin);

  let held = 0;
  const end = async (): Promise<void> => {
    door.close();
    await admin.end({ timeout: 5 });
    await server.stop();
    lock.release();
    process.exit(0);
  };
  let idle = setTimeout(end, idleTimeoutMs);
  const door = createServer((socket) => {
    clearTimeout(idle);
    held += 1;
    lend(socket, server, admin, leases)
      .catch((error: unknown) => console.error(error))
      .finally(() => {
        held -= 1;
        if (held === 0) idle = setTimeout(end, idleTimeoutMs);
      });
  });
  await rm(keeperSocket(), { force: true });
  door.listen(keeperSocket(), () => void chmod(keeperSocket(), 0o600));
};

/**
 * Serves one test file until it hangs up. Its first line names the template that its database is to be made from, or is
 * empty; a second line, if it comes, says that the database as it is now shall become that template.
 */
const lend = async (socket: Socket, server: PostgresServer, admin: postgres.Sql, leases: string): Promise<void> => {
  const name = `test_${randomBytes(6).toString("hex")}`;
  const hungUp = new Promise<void>((resolve) => {
    socket.once("close", () => resolve());
    socket.on("error", () => {});
  });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const key = (await lines.next()).value ?? "";
  const template = key === "" ? null : `template_${key}`;
  const folder = join(leases, name);
  const objects = join(folder, "objects");
  await mkdir(objects, { recursive: true });
  const [nats, fromTemplate] = await Promise.all([
    startNats({ folder: join(folder, "nats"), seeds: { [operatorName]: newNatsSeed() }, log: silentLog }),
    createDatabase(admin, name, template),
  ]);
  const lease: Lease = {
    databaseUrl: server.url(name),
    natsUrl: nats.url(),
    objectsUrl: pathToFileURL(objects).href,
    fromTemplate,
  };
  socket.write(`${JSON.stringify(lease)}\n`);
  const more = await lines.next();
  if (more.done !== true && template !== null) {
    await copyDatabase(admin, template, name);
    socket.write("\n");
    socket.resume();
  }
  await hungUp;
  await Promise.all([nats.stop(), admin`drop database if exists ${admin(name)} with (force)`]);
  await rm(folder, { recursive: true, force: true });
};

/** True when the database was made from the template; without one, or when there is none yet, it is empty. */
const createDatabase = async (admin: postgres.Sql, name: string, template: string | null): Promise<boolean> => {
  const [there] =
    template === null ? [] : await admin`select from pg_database where datname = ${template} and datistemplate`;
  const isThere = there !== undefined && template !== null;
  await copyDatabase(admin, name, isThere ? template : "template0");
  return isThere;
};

/** Copies the files of a database that nobody is connected to; whoever makes the same copy at the same time is as good. */
const copyDatabase = async (admin: postgres.Sql, name: string, from: string): Promise<void> => {
  try {
    await admin`create database ${admin(name)} template ${admin(from)} strategy file_copy`;
    if (name.startsWith("template_")) await admin`alter database ${admin(name)} is_template true`;
  } catch (error) {
    const isThere = error instanceof postgres.PostgresError && ["42P04", "23505"].includes(error.code);
    if (!isThere) throw error;
  }
};

const dropLeftovers = async (admin: postgres.Sql): Promise<void> => {
  const rows = await admin<{ datname: string }[]>`
    select datname from pg_database where datname like 'test\\_%' or datname like 'template\\_%'
  `;
  for (const { datname } of rows) {
    await admin`alter database ${admin(datname)} is_template false`;
    await admin`drop database ${admin(datname)} with (force)`;
  }
};

keep().catch((error: unknown) => {
  // Somebody else keeps them already: just as good.
  if (error instanceof Problem && error.code === "conflict") process.exit(0);
  console.error(error);
  process.exit(1);
});
