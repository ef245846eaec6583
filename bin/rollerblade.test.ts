import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
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

const run = {
  ...{
    id: "0192f0c1-0000-7000-8000-000000000000",
    analysis: "mask",
    version: "1.0.0",
    owner: "me",
    document: null,
    rule: null,
  },
  ...{
    query: "",
    parameters: {},
    priority: "interactive",
    state: "open",
    reason: "",
    createdAt: "2026-01-01T00:00:00Z",
    finishedAt: null,
    inputs: [],
    outputs: [],
    failures: [],
    notices: [],
  },
  counts: {
    total: 1,
    open: 1,
    ran: 0,
    cached: 0,
    inPlace: 0,
    failed: 0,
    cancelled: 0,
    superseded: 0,
    notApplicable: 0,
    leftOut: 0,
  },
};

/** Breaks the first two connections that ask how a run is, as a server does that is started again; a run of `endless` never ends. */
const answerRun = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.method === "GET") {
    asked += 1;
    if (asked <= 2) return void request.socket.destroy();
  }
  const finished = request.method === "GET" && !endless;
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify(finished ? { ...run, state: "finished", counts: { ...run.counts, open: 0, ran: 1 } } : run),
  );
};

let asked = 0;
let endless = false;
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url?.startsWith("/v1/runs")) return answerRun(request, response);
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

test("a run is followed by its id and across a restart of the server", { timeout: 60_000 }, async () => {
  asked = 0;
  endless = false;
  const child = follow();
  const ended = once(child, "close");
  const printed = await text(child.stderr);
  expect(await ended).toEqual([0, null]);
  expect(printed).toMatch(new RegExp(`^Run ${run.id}\n[^]*1 executed`));
});

test("Ctrl-C ends the command and says that the run goes on", { timeout: 60_000 }, async () => {
  endless = true;
  const child = follow();
  const ended = once(child, "close");
  let printed = "";
  for await (const chunk of child.stderr) {
    if (printed === "") child.kill("SIGINT");
    printed += chunk;
  }
  expect(await ended).toEqual([130, null]);
  expect(printed).toContain(`Run ${run.id} goes on; end it with \`rollerblade runs cancel ${run.id}\``);
});

const follow = () =>
  spawn(process.execPath, [program, "run", "mask", "--follow"], {
    env: { ...process.env, ROLLERBLADE_URL: url, ROLLERBLADE_TOKEN: "t", NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "ignore", "pipe"],
  });

// Every write to this device fails as one to a full disk does; only Linux has it.
test.skipIf(!existsSync("/dev/full"))(
  "output onto a full disk makes the command fail",
  { timeout: 60_000 },
  async () => {
    const child = spawn(
      "bash",
      ["-c", '"$@" > /dev/full', "bash", process.execPath, program, "dataset", "list", "--json"],
      {
        env: { ...process.env, ROLLERBLADE_URL: url, ROLLERBLADE_TOKEN: "t", NODE_NO_WARNINGS: "1" },
        stdio: ["ignore", "ignore", "pipe"],
      },
    );
    const ended = once(child, "close");
    expect(await text(child.stderr)).toMatch(/^Error: The disk of standard output is full\.\nNext: /);
    expect(await ended).toEqual([7, null]);
  },
);
