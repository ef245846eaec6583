import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, lstat, mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fromSeed } from "@nats-io/nkeys";
import postgres from "postgres";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { commandLineOf } from "./command-line.ts";
import { silentLog } from "./log.ts";
import { newNatsSeed } from "./nats/nats-key.ts";
import { type Embedded, startEmbedded } from "./start-embedded.ts";

let folder: string;
beforeEach(async () => {
  const made = await mkdtemp(join(tmpdir(), "rollerblade-embedded-"));
  folder = made;
  await chmod(made, 0o755);
  // Registered first, so that it comes after the servers were stopped.
  onTestFinished(() => rm(made, { recursive: true, force: true }));
});

const start = async (at = folder): Promise<Embedded> => {
  const embedded = await startEmbedded({ folder: at, log: silentLog });
  onTestFinished(() => embedded.stop());
  return embedded;
};

const query = async <Row extends object>(url: string, text: string): Promise<Row[]> => {
  const sql = postgres(url, { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    return [...(await sql.unsafe<Row[]>(text))];
  } finally {
    await sql.end({ timeout: 5 });
  }
};

/** Signs the server's challenge over the wire with a seed, and returns its reply to CONNECT and PING. */
const greet = async (url: string, seed: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  const key = fromSeed(new TextEncoder().encode(seed));
  let answer = "";
  for await (const chunk of socket) {
    const [, nonce] = /"nonce":"([^"]+)"/.exec(answer === "" ? String(chunk) : "") ?? [];
    answer += chunk;
    if (nonce !== undefined) {
      const sig = Buffer.from(key.sign(new TextEncoder().encode(nonce))).toString("base64url");
      socket.write(`CONNECT ${JSON.stringify({ nkey: key.getPublicKey(), sig, verbose: false })}\r\nPING\r\n`);
    }
    if (/PONG|-ERR/.test(answer)) break;
  }
  socket.destroy();
  return answer;
};

const gone = async (pid: number): Promise<boolean> => (await commandLineOf(pid)) === null;

test("what was written is there after a stop, and the second start makes no cluster anew", async () => {
  const first = await start();
  await query(first.databaseUrl, "create table kept as select 42 as answer");
  const [place] = await query<{ folder: string }>(
    first.databaseUrl,
    "select current_setting('data_directory') as folder",
  );
  const version = join(place?.folder ?? "", "PG_VERSION");
  const made = await stat(version);
  const pids = [first.postgresPid, first.natsPid];
  await first.stop();
  expect(await Promise.all(pids.map(gone))).toEqual([true, true]);
  const second = await start();
  expect(await stat(version)).toMatchObject({ ino: made.ino, mtimeMs: made.mtimeMs });
  expect(await query(second.databaseUrl, "select answer from kept")).toEqual([{ answer: 42 }]);
});

test("both listen on the loopback address only, and want their secret", async () => {
  const { databaseUrl, natsUrl, secrets } = await start();
  expect(await query(databaseUrl, "show listen_addresses")).toEqual([{ listen_addresses: "127.0.0.1" }]);
  expect(await query(databaseUrl, "show fsync")).toEqual([{ fsync: "on" }]);
  await expect(query(databaseUrl.replace(secrets.postgresPassword, "guess"), "select 1")).rejects.toThrow("password");
  expect(await greet(natsUrl, secrets.natsSeeds.operator ?? "")).toContain("PONG");
  expect(await greet(natsUrl, newNatsSeed())).toContain("Authorization Violation");
  for (const file of ["secrets.json", "nats/nats.conf", "nats/users.conf"]) {
    expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  }
  expect((await stat(join(folder, "objects"))).mode & 0o077).toBe(0);
});

test("no secret stands in a command line or in the environment of the servers", async () => {
  const { postgresPid, natsPid, secrets } = await start();
  for (const pid of [postgresPid, natsPid]) {
    const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
    const seen = `${await commandLineOf(pid)} ${environment}`;
    for (const secret of Object.values({ ...secrets, ...secrets.natsSeeds }).map(String))
      expect(seen).not.toContain(secret);
  }
});

test("a server that is killed comes back on its port with its data", async () => {
  const embedded = await start();
  const { databaseUrl, natsUrl, postgresPid, natsPid, secrets } = embedded;
  await query(databaseUrl, "create table kept as select 1 as one");
  for (let round = 0; round < 3; round++) {
    const before = [embedded.postgresPid, embedded.natsPid];
    for (const pid of before) process.kill(pid, "SIGKILL");
    await expect.poll(() => [embedded.postgresPid, embedded.natsPid]).not.toContain(before[0]);
    await expect.poll(() => embedded.natsPid).not.toBe(before[1]);
  }
  expect([embedded.databaseUrl, embedded.natsUrl]).toEqual([databaseUrl, natsUrl]);
  expect([embedded.postgresPid, embedded.natsPid]).not.toEqual([postgresPid, natsPid]);
  expect(await query(databaseUrl, "select one from kept")).toEqual([{ one: 1 }]);
  expect(await greet(natsUrl, secrets.natsSeeds.operator ?? "")).toContain("PONG");
});

const report = z.object({ databaseUrl: z.string(), postgresPid: z.number(), natsPid: z.number() });

const startElsewhere = async (at: string) => {
  const program = fileURLToPath(new URL("./testing/run-embedded.ts", import.meta.url));
  const child = spawn(process.execPath, [program, at], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGTERM"));
  for await (const line of createInterface({ input: child.stdout }))
    return { child, ...report.parse(JSON.parse(line)) };
  throw new Error("It ended before it was up.");
};

test("what a process that was killed left behind is ended, and nothing that was committed is lost", async () => {
  const killed = await startElsewhere(folder);
  await query(killed.databaseUrl, "create table kept as select 7 as seven");
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  expect(await Promise.all([gone(killed.postgresPid), gone(killed.natsPid)])).toEqual([false, false]);
  const embedded = await start();
  expect(await Promise.all([gone(killed.postgresPid), gone(killed.natsPid)])).toEqual([true, true]);
  expect(await query(embedded.databaseUrl, "select seven from kept")).toEqual([{ seven: 7 }]);
});

test("two processes do not share a folder, and the second leaves the first alone", async () => {
  const first = await startElsewhere(folder);
  const refused = startEmbedded({ folder, log: silentLog });
  await expect(refused).rejects.toMatchObject({
    code: "conflict",
    message: `Process ${first.child.pid} already runs Rollerblade in ${folder}.`,
  });
  expect(await query(first.databaseUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  first.child.kill("SIGTERM");
  await once(first.child, "exit");
  expect(await Promise.all([gone(first.postgresPid), gone(first.natsPid)])).toEqual([true, true]);
  await start();
});

test("one process cannot take a folder twice either", async () => {
  await start();
  await expect(startEmbedded({ folder, log: silentLog })).rejects.toMatchObject({ code: "conflict" });
});

test("a foreign process that got the number of an old server is left alone", async () => {
  const first = await start();
  const data = join(await realpath(join(folder, "postgres")), "data");
  await first.stop();
  const foreign = spawn("sleep", ["600"], { stdio: "ignore" });
  onTestFinished(() => void foreign.kill());
  await writeFile(join(folder, "nats", "nats.pid"), `${foreign.pid}\n`);
  await writeFile(join(data, "postmaster.pid"), `${foreign.pid}\n${data}\n0\n5432\n\n127.0.0.1\n`);
  await start();
  expect(await gone(foreign.pid ?? 0)).toBe(false);
});

test("a start that was killed while it made the cluster is begun anew", async () => {
  await mkdir(join(folder, "postgres", "making-half", "data"), { recursive: true });
  await writeFile(join(folder, "postgres", "making-half", "data", "PG_VERSION"), "18\n");
  const { databaseUrl } = await start();
  expect(await query(databaseUrl, "select 1 as one")).toEqual([{ one: 1 }]);
  await expect(lstat(join(folder, "postgres", "making-half"))).rejects.toThrow("ENOENT");
});

test("a path with spaces and quotes is a path like any other", async () => {
  const odd = join(folder, `a "b" 'c' $d ü`);
  const killed = await startElsewhere(odd);
  killed.child.kill("SIGKILL");
  await once(killed.child, "exit");
  const { databaseUrl } = await start(odd);
  expect(await gone(killed.postgresPid)).toBe(true);
  expect(await query(databaseUrl, "select 1 as one")).toEqual([{ one: 1 }]);
});

test.runIf(userInfo().uid === 0)("root's folder that is closed to others works too", async () => {
  await chmod(folder, 0o700);
  const closed = join(folder, ".rollerblade");
  const first = await start(closed);
  await query(first.databaseUrl, "create table kept as select 3 as three");
  await first.stop();
  const second = await start(closed);
  expect(await query(second.databaseUrl, "select three from kept")).toEqual([{ three: 3 }]);
  expect((await lstat(join(closed, "postgres"))).isSymbolicLink()).toBe(true);
  const data = await realpath(join(closed, "postgres"));
  await second.stop();
  await rm(join(data, ".."), { recursive: true });
});
