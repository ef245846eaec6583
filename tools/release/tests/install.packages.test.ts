import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { startTestServers } from "@rollerblade/embedded/testing";
import { connectNats, ensureTopology, newEventId, publish, topology } from "@rollerblade/events";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildPackages, packPackages } from "../src/build.ts";
import { packagesFolder, readManifest, root } from "../src/workspace.ts";
import { type Consumer, createConsumer, removeNodes } from "./consumer.ts";

/** The oldest Node that each kind of package promises, and those that people use. */
const commandLineNodes = ["20.19.0", "22", "24"];
const libraryNodes = ["22.12.0", "24"];

let tarballs: readonly string[] = [];
const commandLine = () => tarballs.filter((path) => /\/rollerblade-\d/.test(path));
const libraries = () => tarballs.filter((path) => !/\/rollerblade-\d/.test(path));

beforeAll(async () => {
  await buildPackages();
  tarballs = await packPackages();
  for (const path of tarballs) console.log(`${basename(path)}: ${((await stat(path)).size / 1e6).toFixed(2)} MB`);
});
afterAll(removeNodes);

const createdFor = async (version: string): Promise<Consumer> => {
  const consumer = await createConsumer(version);
  onTestFinished(() => consumer.close());
  return consumer;
};

test("publint has nothing to say of any package", async () => {
  const found: string[] = [];
  for (const folder of await readdir(packagesFolder)) {
    const { messages, pkg } = await publint({ pkgDir: join(packagesFolder, folder), strict: true, pack: "npm" });
    for (const message of messages) found.push(`${folder}: ${formatMessage(message, pkg ?? {})}`);
  }
  expect(found).toEqual([]);
});

describe.each(commandLineNodes)("the command line under Node %s", (version) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await createConsumer(version);
    await consumer.install(...commandLine());
  });
  afterAll(() => consumer.close());

  test("checks a dataset, and runs the demo with a server of its own", async () => {
    const { version: released } = await readManifest("bin");
    expect(await consumer.run("npx", "--no-install", "rollerblade", "--version")).toMatchObject({
      code: 0,
      stdout: `${released}\n`,
    });
    const example = join(consumer.folder, "node_modules/rollerblade/examples/datasets/colin-mini");
    const findings = [...indexFolder(example, { tables: true })].flatMap((file) => file.findings);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const checked = await consumer.run("npx", "--no-install", "rollerblade", "dataset", "check", example);
    expect(checked).toMatchObject({ code: errors === 0 ? 0 : 1, stderr: "" });
    expect(checked.stdout).toContain(`${errors === 0 ? "No" : errors} errors`);
    const began = performance.now();
    const demo = await consumer.run("npx", "--no-install", "rollerblade", "demo", "--json");
    console.log(`demo from a tarball under Node ${version}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    expect(demo.code, demo.stderr).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({
      scans: 12,
      executions: { run: 25, cached: 0, inPlace: 0, failed: 0 },
      derivatives: 38,
      results: 74,
    });
  });

  test("ends with the exit code of the command, and passes signals on", async () => {
    const program = join(consumer.folder, "node_modules/.bin/rollerblade");
    expect((await consumer.run(program, "dataset", "check", "nowhere")).code).toBe(4);
    const up = consumer.start(program, ["up", "--port", "0"], {});
    await expect.poll(() => up.lines.join("\n")).toContain("Stop it with Ctrl-C.");
    await up.stop();
    expect(await readdir(join(consumer.folder, ".rollerblade"))).not.toContain("server.json");
  });
});

const errorsProgram = `
import { Problem } from "@rollerblade/errors";
const problem = new Problem({ code: "not-found", message: "Nothing is there.", subject: "there", next: "Look elsewhere." });
console.log(problem instanceof Error, Problem.from(problem) === problem, problem.next);
`;

test.each([...commandLineNodes])("errors stand alone under Node %s", async (version) => {
  const consumer = await createdFor(version);
  await consumer.install(...libraries().filter((path) => path.includes("-errors-")));
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

const typedClient = `
import { parseName } from "@rollerblade/abids";
import { catalogRoutes, createHttpClient, type DatasetSummary } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { importDataset } from "@rollerblade/transfer";
import { indexFolder } from "@rollerblade/transfer/index-folder";

const client = createHttpClient({ url: process.env.URL ?? "", token: process.env.TOKEN });
const [directory = ""] = process.argv.slice(2);
const findings = [...indexFolder(directory)].flatMap((file) => file.findings);
const { status } = await importDataset({ client, directory, dataset: "of-others" });
let names: string[] = [];
// The catalog lists a dataset once it has consumed the events of its import.
while (names.length === 0) {
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

describe.each(libraryNodes)("the libraries under Node %s", (version) => {
  let consumer: Consumer;
  beforeAll(async () => {
    consumer = await createConsumer(version);
    const { devDependencies } = await readManifest(".");
    const compiler = [`typescript@${devDependencies.typescript}`, `@types/node@${devDependencies["@types/node"]}`];
    await consumer.install(...libraries(), ...compiler);
  });
  afterAll(() => consumer.close());

  test("serve a subscriber of another team and a typed client that tsc has compiled", async () => {
    await consumer.write("subscriber.ts", subscriber);
    await consumer.write("client.ts", typedClient);
    await consumer.write("tsconfig.json", projectOf("subscriber.ts", "client.ts"));
    const compiled = await consumer.run("npx", "--no-install", "tsc", "--project", "tsconfig.json");
    expect(compiled.stdout + compiled.stderr).toBe("");

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
      { url: servers.natsUrl, source: "test" },
    );
    await expect.poll(() => billing.lines).toContain("ds1: 7 bytes");

    const server = await createdFor("24");
    await server.install(...commandLine());
    const up = server.start(join(server.folder, "node_modules/.bin/rollerblade"), ["up", "--port", "0"], {});
    onTestFinished(() => up.stop());
    await expect.poll(() => up.lines.join("\n")).toContain("Stop it with Ctrl-C.");
    const { url, token } = JSON.parse(
      (await server.run("node", "-p", "require('node:fs').readFileSync('.rollerblade/server.json', 'utf8')")).stdout,
    );
    await consumer.write("run.sh", `URL=${url} TOKEN=${token} node client.js "$1"\n`);
    const used = await consumer.run("sh", "run.sh", join(root, "examples/datasets/colin-mini"));
    expect(used.stderr).toBe("");
    expect(JSON.parse(used.stdout)).toMatchObject({
      state: "committed",
      names: ["of-others"],
      code: "not-found",
      name: { ok: true, name: { suffix: "T1w", subject: "01" } },
    });
  });

  test("refuse a parameter that a route does not have", async () => {
    await consumer.write("wrong.ts", wrong);
    await consumer.write("wrong.json", projectOf("wrong.ts"));
    const refused = await consumer.run("npx", "--no-install", "tsc", "--noEmit", "--project", "wrong.json");
    expect(refused.code).not.toBe(0);
    expect(refused.stdout).toContain("'datasets' does not exist in type");
  });
});
