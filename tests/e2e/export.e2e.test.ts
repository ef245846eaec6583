import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { catalogRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { demoDocument } from "./demo-document.ts";
import { every } from "./every.ts";
import { pythonWith } from "./python.ts";
import { createWorld, root, type World } from "./world.ts";

const report = z.looseObject({ fetched: z.int(), linked: z.int(), kept: z.int(), stale: z.int() });
const python = await pythonWith("pybids", "0.22.0");

/** sha256 by path of what lies in a folder, hidden things aside. */
const contentsOf = async (folder: string): Promise<Record<string, string>> => {
  const contents: Record<string, string> = {};
  for await (const entry of glob("**", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    contents[path.slice(folder.length + 1)] = createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  }
  return Object.fromEntries(Object.entries(contents).sort());
};

describe("data leave as they came", () => {
  let world: World;
  const folder = (name: string): string => join(world.folder, name);

  beforeAll(async () => {
    world = await createWorld();
    await world.json(demoDocument, ["demo"]);
    await world.up();
  });
  afterAll(() => world.close());

  const scansOf = async (dataset: string) => {
    const api = await world.api();
    const scans = await every((after) =>
      api.call(catalogRoutes.listScans, { query: { dataset, limit: 1_000, ...(after ? { after } : {}) } }),
    );
    return scans.map(({ dataset: _, revision: __, ...facts }) => facts);
  };
  const filesOf = async (dataset: string) => {
    const api = await world.api();
    const files = await every((after) =>
      api.call(catalogRoutes.listFiles, { query: { dataset, limit: 1_000, ...(after ? { after } : {}) } }),
    );
    return files.map(({ dataset: _, ...file }) => file);
  };

  it("an export that is imported again is the same dataset to the catalog", async () => {
    const done = await world.json(report, ["dataset", "export", "colin-mini", folder("out")]);
    expect(done.fetched).toBeGreaterThan(20);
    await world.json(z.unknown(), ["dataset", "import", folder("out"), "--name", "elsewhere"]);
    expect(await scansOf("elsewhere")).toEqual(await scansOf("colin-mini"));
    expect(await filesOf("elsewhere")).toEqual(await filesOf("colin-mini"));
  });

  it("an export that was killed leaves no half file under a name, and goes on where it was", async () => {
    const args = ["dataset", "export", "colin-mini", folder("killed"), "--derivatives"];
    const child = world.start(args);
    const ended = once(child, "close");
    await expect.poll(() => existsSync(join(folder("killed"), "README")) || child.exitCode !== null).toBe(true);
    child.kill("SIGKILL");
    await ended;
    const bucket = await contentsOf(join(world.bucket, "datasets", "colin-mini"));
    expect(bucket).toMatchObject(await contentsOf(folder("killed")));
    const { kept } = await world.json(report, args);
    expect(kept).toBeGreaterThan(0);
    expect(await contentsOf(folder("killed"))).toEqual(bucket);
    expect(await world.json(report, args)).toMatchObject({ fetched: 0, linked: 0, stale: 0 });
  });

  it("links into the bucket instead of copies have the same content", async () => {
    const done = await world.json(report, ["dataset", "export", "colin-mini", folder("linked"), "--link"]);
    expect(done).toMatchObject({ fetched: 0 });
    expect(await contentsOf(folder("linked"))).toEqual(await contentsOf(folder("out")));
  });

  it("a part of a dataset is a dataset: its rows of the tables, what it inherits, its derivatives", async () => {
    const query = `subject.label == "01" || subject.label == "02"`;
    const args = ["query", "download", query, folder("part"), "--derivatives"];
    await world.json(report, args);
    expect(await world.json(report, args)).toMatchObject({ fetched: 0 });
    const part = join(folder("part"), "colin-mini");
    const participants = (await readFile(join(part, "participants.tsv"), "utf8")).trimEnd().split("\n");
    expect(participants.map((line) => line.split("\t")[0])).toEqual(["participant_id", "sub-01", "sub-02"]);
    const subjects = Object.keys(await contentsOf(part)).filter((path) => path.startsWith("sub-"));
    expect(new Set(subjects.map((path) => path.split("/")[0]))).toEqual(new Set(["sub-01", "sub-02"]));
    const description: unknown = JSON.parse(await readFile(join(part, "dataset_description.json"), "utf8"));
    const from = expect.objectContaining({ URL: expect.stringMatching(/\/v1\/datasets\/colin-mini$/) });
    expect(description).toMatchObject({
      GeneratedBy: [{ Name: "Rollerblade" }],
      SourceDatasets: expect.arrayContaining([from]),
    });
    await world.json(z.unknown(), ["dataset", "import", part, "--name", "part"]);
    const wanted = (await scansOf("colin-mini")).filter(({ subject }) => subject === "01" || subject === "02");
    expect(await scansOf("part")).toEqual(wanted);
  });

  it.skipIf(python === null)("PyBIDS reads a part with its derivatives", async () => {
    const part = join(folder("part"), "colin-mini");
    const script = join(import.meta.dirname, "read_with_pybids.py");
    const { stdout } = await promisify(execFile)(python ?? "", [script, part], { maxBuffer: 1 << 26 });
    const seen = z.record(z.string(), z.record(z.string(), z.string())).parse(JSON.parse(stdout));
    const images = Object.entries(seen).filter(([path, { suffix }]) => suffix === "T1w" && path.endsWith(".nii.gz"));
    expect(images.length).toBeGreaterThan(0);
    expect(new Set(images.map(([, { subject }]) => subject))).toEqual(new Set(["01", "02"]));
    expect(Object.keys(seen).some((path) => path.includes("/derivatives/"))).toBe(true);
  });

  it("a copy of the folder of a stopped server is a backup, as the page on backups has it", async () => {
    const page = await readFile(join(root, "docs/how-to/back-up-and-restore.md"), "utf8");
    const commands = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = ""]) => block);
    const [pack = "", unpack = ""] = commands.filter((block) => block.includes("tar "));
    await world.json(report, ["dataset", "export", "colin-mini", folder("before"), "--derivatives"]);
    await world.down();
    const script = `${pack}\n${unpack.replace(/ && rollerblade up/, "")}`;
    await promisify(execFile)("sh", ["-euc", script], { cwd: world.folder });
    const environment = { ROLLERBLADE_FOLDER: join(folder("restored"), ".rollerblade") };
    const restored = world.start(["up", "--port", "0"], environment);
    const asked = () => world.run(["dataset", "list", "--json"], environment);
    await expect.poll(async () => (await asked()).stdout, { timeout: 120_000, interval: 500 }).toContain("colin-mini");
    const { code, stderr } = await world.run(
      ["dataset", "export", "colin-mini", folder("after"), "--derivatives"],
      environment,
    );
    expect(code, stderr).toBe(0);
    expect(await contentsOf(folder("after"))).toEqual(await contentsOf(folder("before")));
    const ended = once(restored, "close");
    restored.kill("SIGTERM");
    await ended;
  });
});
