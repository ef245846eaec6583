import { readdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { startTestServers } from "@rollerblade/embedded/testing";
import { connectNats, ensureTopology, newEventId, publish, topology } from "@rollerblade/events";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { z } from "zod";
import { buildPackages, packPackages } from "../src/build.ts";
import { packagesFolder, readManifest, root } from "../src/workspace.ts";
import { type Consumer, createConsumer, installNode, type Running, removeNodes } from "./consumer.ts";

/** The oldest Node that each kind of package promises, and those that people use. */
const commandLineNodes = ["20.19.0", "22", "24"] as const;
const libraryNodes = ["22.12.0", "24"] as const;

let tarballs: readonly string[] = [];
const isCommandLine = (path: string): boolean => /\/rollerblade-\d/.test(path);

/** Folders with what was installed in them, by what that is and the version of Node. */
const consumers = new Map<string, Consumer>();

const consumerOf = (installed: "command line" | "errors" | "libraries", version: string): Consumer => {
  const consumer = consumers.get(`${installed} ${version}`);
  if (consumer === undefined) throw new Error(`The ${installed} is not installed under Node ${version}.`);
  return consumer;
};

// Installing is waiting for the disk and the registry most of the time, so that all of it is done at once.
beforeAll(async () => {
  const nodes = [...commandLineNodes, ...libraryNodes].map(installNode);
  await buildPackages();
  tarballs = await packPackages();
  for (const path of tarballs) console.log(`${basename(path)}: ${((await stat(path)).size / 1e6).toFixed(2)} MB`);
  await Promise.all(nodes);
  const { devDependencies } = await readManifest(".");
  const compiler = [`typescript@${devDependencies.typescript}`, `@types/node@${devDependencies["@types/node"]}`];
  const libraries = tarballs.filter((path) => !isCommandLine(path));
  const install = async (installed: string, version: string, packages: readonly string[]): Promise<void> => {
    const consumer = await createConsumer(version);
    consumers.set(`${installed} ${version}`, consumer);
    await consumer.install(...packages);
  };
  await Promise.all([
    ...commandLineNodes.map((version) => install("command line", version, tarballs.filter(isCommandLine))),
    ...commandLineNodes.map((version) =>
      install(
        "errors",
        version,
        libraries.filter((path) => path.includes("-errors-")),
      ),
    ),
    ...libraryNodes.map((version) => install("libraries", version, [...libraries, ...compiler])),
  ]);
});
afterAll(async () => {
  await Promise.all([...consumers.values()].map((consumer) => consumer.close()));
  await removeNodes();
});

test("publint has nothing to say of any package", async () => {
  const found: string[] = [];
  for (const path of tarballs) {
    const { buffer: tarball } = new Uint8Array(await readFile(path));
    const { messages, pkg } = await publint({ strict: true, pack: { tarball } });
    for (const message of messages) found.push(`${basename(path)}: ${formatMessage(message, pkg ?? {})}`);
  }
  expect(tarballs).toHaveLength((await readdir(packagesFolder)).length);
  expect(found).toEqual([]);
});

describe.each(commandLineNodes)("the command line under Node %s", (version) => {
  test("checks a dataset", async () => {
    const consumer = consumerOf("command line", version);
    const { version: released } = await readManifest("bin");
    expect(await consumer.run("npx", "--no-install", "rollerblade", "--version")).toMatchObject({
      code: 0,
      stdout: `${released}\n`,
    });
    const example = exampleDataset(consumer);
    const findings = [...indexFolder(example, { tables: true })].flatMap((file) => file.findings);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const checked = await consumer.run("npx", "--no-install", "rollerblade", "dataset", "check", example);
    expect(checked).toMatchObject({ code: errors === 0 ? 0 : 1, stderr: "" });
    expect(checked.stdout).toContain(`${errors === 0 ? "No" : errors} errors`);
  });

  test("imports a dataset into a server of its own, ends with the exit code of the command, and passes signals on", async () => {
    const consumer = consumerOf("command line", version);
    const program = join(consumer.folder, "node_modules/.bin/rollerblade");
    expect((await consumer.run(program, "dataset", "check", "nowhere")).code).toBe(4);
    const up = consumer.start(program, ["up", "--port", "0"], {});
    onTestFinished(() => up.stop());
    await expect.poll(() => up.lines.join("\n")).toContain("Stop it with Ctrl-C.");
    const imported = await consumer.run(program, "dataset", "import", exampleDataset(consumer), "--name", "imported");
    expect(imported, imported.stderr).toMatchObject({ code: 0 });
    const paths = async (): Promise<string[]> => {
      const found = await consumer.run(program, "query", "--dataset", "imported", "--output", "paths");
      return found.stdout.split("\n").filter((path) => path !== "");
    };
    await expect.poll(paths).toHaveLength(12);
    await up.stop();
    expect(await readdir(join(consumer.folder, ".rollerblade"))).not.toContain("server.json");
    const [, log = ""] = /log in (.+)\)\.$/m.exec(up.lines.join("\n")) ?? [];
    expect((await stat(log)).mode & 0o777).toBe(0o600);
    const lines = (await readFile(log, "utf8")).trim().split("\n");
    expect(lines.map((line) => z.object({ service: z.string(), msg: z.string() }).parse(JSON.parse(line)))).toEqual(
      expect.arrayContaining(
        ["listening", "started", "stopped"].map((msg) => expect.objectContaining({ service: "catalog", msg })),
      ),
    );
  });
});

// The program runs under the Node that is installed with it whatever starts it, so that one demo stands for all of them.
test(`the demo runs with a server of its own, started by Node ${commandLineNodes[0]}`, async () => {
  const consumer = consumerOf("command line", commandLineNodes[0]);
  const began = performance.now();
  const demo = await consumer.run("npx", "--no-install", "rollerblade", "demo", "--json");
  console.log(`demo from a tarball: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  expect(demo.code, demo.stderr).toBe(0);
  expect(JSON.parse(demo.stdout)).toMatchObject({
    scans: 12,
    executions: { run: 25, cached: 0, inPlace: 0, failed: 0 },
    derivatives: 38,
    results: 74,
  });
});

const exampleDataset = ({ folder }: Consumer): string =>
  join(folder, "node_modules/rollerblade/examples/datasets/colin-mini");

const errorsProgram = `
import { Problem } from "@rollerblade/errors";
const problem = new Problem({ code: "not-found", message: "Nothing is there.", subject: "there", next: "Look elsewhere." });
console.log(problem instanceof Error, Problem.from(problem) === problem, problem.next);
`;

test.each([...commandLineNodes])("errors stand alone under Node %s", async (version) => {
  const consumer = consumerOf("errors", version);
  await consumer.write("errors.js", errorsProgram);
  expect(await consumer.run("node", "errors.js")).toEqual({
    code: 0,
    stdout: "true true Look elsewhere.\n",
    stderr: "",
  });
});

const subscriber = `
import { subscribe } from "@rollerblade/events";
const url = process.env.NATS_URL;
if (url === undefined) throw new Error("NATS_URL is not set");
await subscribe("derivative.created", { durable: "billing", url }, (event) => {
  const size: bigint | undefined = event.message.derivative?.size;
  console.log(\`\${event.message.derivative?.dataset}: \${size} bytes\`);
});
console.log("subscribed");
`;

const typedClient = (dataset: string): string => `
import { parseName } from "@rollerblade/abids";
import { catalogRoutes, createHttpClient, type DatasetSummary } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { importDataset } from "@rollerblade/transfer";
import { indexFolder } from "@rollerblade/transfer/index-folder";

const client = createHttpClient({ url: process.env.URL ?? "", token: process.env.TOKEN });
const [directory = ""] = process.argv.slice(2);
const findings = [...indexFolder(directory)].flatMap((file) => file.findings);
const { status } = await importDataset({ client, directory, dataset: "${dataset}" });
let names: string[] = [];
// The catalog lists a dataset once it has consumed the events of its import.
while (!names.includes("${dataset}")) {
  const { items } = await client.call(catalogRoutes.listDatasets, { query: { limit: 10 } });
  names = items.map((item: DatasetSummary) => item.name);
}
const failed = await client.call(catalogRoutes.showDataset, { params: { dataset: "none" } }).catch(Problem.from);
const name = parseName("sub-01/anat/sub-01_T1w.nii.gz");
console.log(JSON.stringify({ state: status.state, names, code: "code" in failed ? failed.code : null, name, findings }));
`;

const wrong = `
import { catalogRoutes, createHttpClient } from "@rollerblade/client";
const client = createHttpClient({ url: "http://127.0.0.1:1" });
await client.call(catalogRoutes.showDataset, { params: { datasets: "x" } });
`;

/** A strict project that checks the declarations of the installed packages, too. */
const projectOf = (...files: readonly string[]): string =>
  JSON.stringify({
    compilerOptions: { module: "nodenext", target: "es2024", strict: true, skipLibCheck: false, types: ["node"] },
    files,
  });

describe("the libraries", () => {
  let server: Running;
  let connected: { url: string; token: string };
  beforeAll(async () => {
    const consumer = consumerOf("command line", "24");
    server = consumer.start(join(consumer.folder, "node_modules/.bin/rollerblade"), ["up", "--port", "0"], {});
    await vi.waitFor(() => expect(server.lines.join("\n")).toContain("Stop it with Ctrl-C."), {
      timeout: 120_000,
      interval: 200,
    });
    connected = JSON.parse(await readFile(join(consumer.folder, ".rollerblade/server.json"), "utf8"));
  });
  afterAll(() => server.stop());

  test.each(libraryNodes)(
    "under Node %s serve a subscriber of another team and a typed client that tsc has compiled, and refuse a parameter that a route does not have",
    async (version) => {
      const consumer = consumerOf("libraries", version);
      await consumer.write("subscriber.ts", subscriber);
      await consumer.write("client.ts", typedClient(`of-node-${version.replaceAll(".", "-")}`));
      await consumer.write("wrong.ts", wrong);
      await consumer.write("tsconfig.json", projectOf("subscriber.ts", "client.ts", "wrong.ts"));
      const compiled = await consumer.run(
        "npx",
        "--no-install",
        "tsc",
        "--project",
        "tsconfig.json",
        "--pretty",
        "false",
      );
      expect(compiled.code).not.toBe(0);
      expect(compiled.stderr).toBe("");
      expect(compiled.stdout).toContain("'datasets' does not exist in type");
      expect(compiled.stdout.split("\n").filter((line) => /^\S/.test(line))).toEqual([
        expect.stringMatching(/^wrong\.ts\(4,/),
      ]);

      const servers = await startTestServers();
      onTestFinished(() => servers.stop());
      const connection = await connectNats({ url: servers.natsUrl, name: "test" });
      await ensureTopology(connection, topology);
      await connection.close();
      const billing = consumer.start("node", ["subscriber.js"], { NATS_URL: servers.natsUrl });
      onTestFinished(() => billing.stop());
      await expect.poll(() => billing.lines).toContain("subscribed");
      const derivative = { id: newEventId(), dataset: "ds1", path: "a.nii.gz", analysis: "brain-mask", size: 7n };
      await publish(
        "derivative.created",
        { derivative, task: newEventId(), inForce: true },
        { url: servers.natsUrl, source: "scheduler" },
      );
      await expect.poll(() => billing.lines).toContain("ds1: 7 bytes");

      const { url, token } = connected;
      await consumer.write("run.sh", `URL=${url} TOKEN=${token} node client.js "$1"\n`);
      const used = await consumer.run("sh", "run.sh", join(root, "examples/datasets/colin-mini"));
      expect(used.stderr).toBe("");
      const result = JSON.parse(used.stdout);
      expect(result).toMatchObject({
        state: "committed",
        code: "not-found",
        name: { ok: true, name: { suffix: "T1w", subject: "01" } },
      });
      expect(result.names).toContain(`of-node-${version.replaceAll(".", "-")}`);
    },
  );
});
