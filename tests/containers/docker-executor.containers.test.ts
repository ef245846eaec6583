import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { buildImage } from "../../tools/test-cluster/images/build-image.ts";
import { baseImage, dockerIsThere, ensureBaseImage } from "../../tools/test-cluster/images/docker.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, root, type World } from "../e2e/world.ts";

const there = await dockerIsThere();
const started = z.looseObject({ id: z.uuid() });

/** Looks around in its container and writes down what it finds. */
const explorer = `
const fs = require("node:fs"), os = require("node:os"), net = require("node:net");
const tried = (work) => { try { work(); return "yes"; } catch (error) { return error.code; } };
const found = {
  user: process.getuid(),
  writesRoot: tried(() => fs.writeFileSync("/escape", "")),
  writesInput: tried(() => fs.writeFileSync(process.env.ROLLERBLADE_IN + "/escape", "")),
  interfaces: Object.keys(os.networkInterfaces()).filter((name) => name !== "lo"),
  capabilities: /CapEff:\\s*(\\w+)/.exec(fs.readFileSync("/proc/self/status", "utf8"))[1],
  secrets: Object.keys(process.env).filter((name) => /TOKEN|PASSWORD|DATABASE|NATS/.test(name)),
};
net.connect(80, "192.0.2.1").on("error", ({ code }) => {
  fs.writeFileSync(process.env.ROLLERBLADE_OUT + "/found.tsv", "found\\n" + JSON.stringify({ ...found, network: code }) + "\\n");
});`;

/** The arguments that run this program; encoded, since braces are placeholders in a manifest. */
const inNode = (program: string): string[] => {
  const encoded = Buffer.from(program).toString("base64");
  return ["node", "-e", `eval(Buffer.from("${encoded}", "base64").toString())`];
};

describe.skipIf(!there)("the docker executor (needs a Docker engine)", () => {
  let world: World;

  const must = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await world.run(args);
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  };
  const write = async (name: string, rest: string): Promise<string> => {
    const manifest = join(world.folder, `${name}.yaml`);
    const head = `name: ${name}\nversion: 1.0.0\nimage: ${baseImage}\nlevel: scan\ninputs:\n  t1w: {suffix: T1w, extension: .nii.gz}\n`;
    await writeFile(manifest, head + rest);
    return manifest;
  };
  const runOver = async (analysis: string) => {
    const { id } = await world.json(started, ["run", analysis, "--query", 'scan.suffix == "T1w"']);
    const api = await world.api();
    await settle(api, 240_000);
    const { items } = await api.call(schedulerRoutes.listTasks, { query: { run: id } });
    expect(items).toHaveLength(1);
    return api.call(schedulerRoutes.showTask, { params: { id: items[0]?.id ?? "" } });
  };

  beforeAll(async () => {
    await ensureBaseImage();
    world = await createWorld();
    const data = await world.copyOfColin();
    for (const subject of ["02", "03", "04", "05", "06", "07", "08"])
      await rm(join(data, `sub-${subject}`), { recursive: true });
    await world.up();
    await must("dataset", "import", data);
  });
  afterAll(() => world?.close());

  it("makes the same mask in the image of the example as the process executor does in its folder", async () => {
    const folder = join(root, "examples/analyses/brain-mask");
    await buildImage(folder, "rollerblade/brain-mask:1.0.0");
    await must("analysis", "create", join(folder, "analysis.yaml"));
    expect(await runOver("brain-mask")).toMatchObject({ outcome: "ran" });
    const contained = join(world.folder, "brain-mask");
    await cp(folder, contained, { recursive: true });
    const manifest = await readFile(join(contained, "analysis.yaml"), "utf8");
    const image = manifest.replace(/^version: .*/m, "version: 1.0.1").replace(/^process: .*\n/m, "");
    await writeFile(join(contained, "analysis.yaml"), image);
    await must("analysis", "create", join(contained, "analysis.yaml"));
    const task = await runOver("brain-mask@1.0.1");
    expect(task).toMatchObject({ outcome: "ran" });
    expect(task.history?.attempts.map(({ executor }) => executor)).toEqual(["docker"]);
    const api = await world.api();
    const { items } = await api.call(catalogRoutes.listDerivatives, { query: { analysis: "brain-mask" } });
    expect(items.map(({ version }) => version).sort()).toEqual(["1.0.0", "1.0.1"]);
    expect(new Set(items.map(({ sha256 }) => sha256)).size).toBe(1);
  });

  it("gives a container nothing but its files: no network, no root, no capability, no secret", async () => {
    const command = JSON.stringify(inNode(explorer));
    const manifest = await write(
      "explorer",
      `command: ${command}\noutputs:\n  found: {name: "{entities}_desc-found_stat.tsv"}\n`,
    );
    await must("analysis", "create", manifest);
    const task = await runOver("explorer");
    expect(task.outcome, task.reason).toBe("ran");
    const api = await world.api();
    const { items } = await api.call(catalogRoutes.listDerivatives, { query: { analysis: "explorer" } });
    const text = await readFile(join(world.bucket, "datasets/colin-mini", items[0]?.path ?? ""), "utf8");
    const found = JSON.parse(text.split("\n")[1] ?? "");
    console.log(`inside the container: ${JSON.stringify(found)}`);
    expect(found).toEqual({
      user: expect.any(Number),
      writesRoot: "EROFS",
      writesInput: "EROFS",
      interfaces: [],
      capabilities: "0000000000000000",
      secrets: [],
      network: "ENETUNREACH",
    });
    expect(found.user).not.toBe(0);
  });

  it("says that a container ran out of memory, and gives it more up to the declared most", async () => {
    const code = "const kept = []; setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 10);";
    const manifest = await write(
      "greedy",
      `command: ${JSON.stringify(inNode(code))}
resources: {memory: 128Mi, timeout: 60s}
outputs:
  never: {name: "{entities}_desc-never_stat.tsv"}
retry: {attempts: 2, memoryStep: 1.5, memoryMax: 192Mi}
`,
    );
    await must("analysis", "create", manifest);
    const task = await runOver("greedy");
    expect(task.outcome).toBe("failed");
    expect(task.history?.attempts.map(({ outcome, memory }) => [outcome, memory / 2 ** 20])).toEqual([
      ["out-of-memory", 128],
      ["out-of-memory", 192],
    ]);
    console.log(`greedy: ${task.reason}`);
  });

  it("ends a container that takes too long, and leaves none behind", async () => {
    const manifest = await write(
      "endless",
      `command: ${JSON.stringify(inNode("setInterval(() => {}, 1000)"))}
resources: {timeout: 3s}
outputs:
  never: {name: "{entities}_desc-never_stat.tsv"}
retry: {attempts: 1}
`,
    );
    await must("analysis", "create", manifest);
    const task = await runOver("endless");
    expect(task.history?.attempts.map(({ outcome }) => outcome)).toEqual(["timed-out"]);
    console.log(`endless: ${task.reason}`);
  });
});
