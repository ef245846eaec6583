import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { connect, disconnect } from "@rollerblade/database";
import { startTestServers } from "@rollerblade/embedded/testing";
import { afterAll, expect, test } from "vitest";

const command = new URL("../../bin/rollerblade.ts", import.meta.url).pathname;
const servers = await startTestServers();
const env = { ...process.env, ROLLERBLADE_DATABASE_URL: servers.databaseUrl };

afterAll(() => servers.stop());

test("a service's Pod waits for the migrations of another, and never makes tables itself", async () => {
  const waiting = spawn(process.execPath, [command, "migrate", "--wait"], { env, stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(waiting, "exit");
  let output = "";
  waiting.stderr.on("data", (bytes) => {
    output += bytes;
  });
  await expect.poll(() => output, { timeout: 240_000 }).toContain("Waiting for migrations of accounts (");
  const sql = connect(servers.databaseUrl);
  expect(await sql`select 1 from information_schema.schemata where schema_name = 'accounts'`).toEqual([]);
  await disconnect(sql);

  await promisify(execFile)(process.execPath, [command, "migrate"], { env });
  expect(await ended).toEqual([0, null]);
}, 480_000);
