import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = fileURLToPath(new URL("./rollerblade.ts", import.meta.url));

/** Some 5 MB of JSON and 300 kB as a table: far more than the 64 KiB that a pipe holds. */
const datasets = Array.from({ length: 4000 }, (_, index) => ({
  ...{
    name: `study-${index}`,
    description: { Name: "x".repeat(1000) },
    source: null,
    createdAt: "2026-01-01T00:00:00Z",
  },
  ...{ subjects: 1, sessions: 1, scans: 1, files: 1, bytes: 1, derivatives: 0, derivativeBytes: 0 },
  updatedAt: "2026-01-01T00:00:00Z",
}));

let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ items: datasets, next: null }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});

afterAll(() => void server.close());

/** Runs the program in a shell pipeline: unlike the sockets that Node gives a child, `|` is a pipe as people use it. */
const runInto = (reader: string, ...args: string[]) =>
  spawn("bash", ["-o", "pipefail", "-c", `"$@" | ${reader}`, "bash", process.execPath, program, ...args], {
    env: { ...process.env, ROLLERBLADE_URL: url, ROLLERBLADE_TOKEN: "t", NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Reads as slowly as a pager does: what has come is taken, and then nothing for a while. */
const readSlowly = async (stream: AsyncIterable<Buffer>): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    await sleep(5);
  }
  return Buffer.concat(chunks).toString();
};

test("a document is whole for a reader that is slower than the program", { timeout: 60_000 }, async () => {
  const child = runInto("cat", "dataset", "list", "--json");
  const ended = once(child, "close");
  const printed = await readSlowly(child.stdout);
  const [code] = await ended;
  expect(code).toBe(0);
  expect(JSON.parse(printed)).toEqual(datasets);
});

test("a table is whole for a reader that is slower than the program", { timeout: 60_000 }, async () => {
  const child = runInto("cat", "dataset", "list");
  const printed = await readSlowly(child.stdout);
  expect(printed.trimEnd().split("\n")).toHaveLength(datasets.length + 1);
});

test("a reader that goes away ends the program quietly", { timeout: 60_000 }, async () => {
  const child = runInto("head -c 10", "dataset", "list", "--json");
  const ended = once(child, "close");
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  expect({ code, printed: printed.length, complaints }).toEqual({ code: 0, printed: 10, complaints: "" });
});
