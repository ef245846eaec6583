import { cp, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle } from "./settle.ts";
import { since, type WorkDone, workDone } from "./work-done.ts";
import { createWorld, root, type World } from "./world.ts";

const analyses = ["brain-mask", "tissue-volumes", "group-report"];

/** What one change of the world leads to; the tests below build on each other in their order. */
describe("a change runs what it concerns and nothing else", () => {
  let world: World;
  let data: string;
  let pipeline: string;

  const must = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await world.run(args);
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  };
  const worked = async (change: () => Promise<void>): Promise<WorkDone> => {
    const api = await world.api();
    const before = await workDone(api);
    await change();
    await settle(api);
    return since(before, await workDone(api));
  };
  const edit = async (file: string, change: (text: string) => string): Promise<void> => {
    const text = await readFile(file, "utf8");
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
  };
  const apply = () => must("pipeline", "apply", pipeline);

  beforeAll(async () => {
    world = await createWorld();
    data = await world.copyOfColin();
    pipeline = join(world.folder, "pipeline.yaml");
    await cp(join(root, "examples/pipeline.yaml"), pipeline);
    // The follow-up of sub-03 comes later.
    await rename(join(data, "sub-03/ses-followup"), join(world.folder, "later"));
    await edit(join(data, "sub-03/sub-03_sessions.tsv"), (text) => text.replace(/^ses-followup.*\n/m, ""));
    await world.up();
    for (const name of analyses)
      await must("analysis", "create", join(root, "examples/analyses", name, "analysis.yaml"));
  });
  afterAll(() => world.close());

  it("runs 11 masks, 11 volumes and one report for eleven scans", async () => {
    const done = await worked(async () => {
      await must("dataset", "import", data);
      await apply();
    });
    expect(done).toEqual({ "brain-mask ran": 11, "group-report ran": 1, "tissue-volumes ran": 11 });
  });

  it("runs the two steps of one scan that is added, and the report", async () => {
    await rename(join(world.folder, "later"), join(data, "sub-03/ses-followup"));
    await cp(
      join(root, "examples/datasets/colin-mini/sub-03/sub-03_sessions.tsv"),
      join(data, "sub-03/sub-03_sessions.tsv"),
    );
    const done = await worked(() => must("dataset", "import", data));
    expect(done).toEqual({ "brain-mask ran": 1, "group-report ran": 1, "tissue-volumes ran": 1 });
  });

  it("runs nothing for an import that changes nothing", async () => {
    expect(await worked(() => must("dataset", "import", data))).toEqual({});
  });

  it("runs only the report when an age is corrected", async () => {
    await edit(join(data, "participants.tsv"), (text) => text.replace("sub-02\t31.5", "sub-02\t32.5"));
    const done = await worked(() => must("dataset", "import", data));
    expect(done).toEqual({ "group-report ran": 1 });
  });

  it("reports everything in place when the document is applied again", async () => {
    const done = await worked(apply);
    expect(done).toEqual({ "brain-mask in-place": 12, "group-report in-place": 1, "tissue-volumes in-place": 12 });
  });

  it("runs everything that a changed parameter concerns", async () => {
    await edit(pipeline, (text) =>
      text.replace(/analysis: brain-mask, version: \^1/, "$&, parameters: {threshold: 0.6}"),
    );
    const done = await worked(apply);
    expect(done["brain-mask ran"]).toBe(12);
  });

  it("runs nothing when the parameter is changed back", async () => {
    await cp(join(root, "examples/pipeline.yaml"), pipeline);
    const done = await worked(apply);
    expect(Object.keys(done).filter((name) => name.endsWith(" ran"))).toEqual([]);
  });

  it("runs nothing for a new version of an analysis until the document is applied, then it and what builds on it", async () => {
    const copy = join(world.folder, "tissue-volumes");
    await cp(join(root, "examples/analyses/tissue-volumes"), copy, { recursive: true });
    await linkPackages(world.folder);
    await edit(join(copy, "analysis.yaml"), (text) => text.replace(/^version: .*$/m, "version: 1.9.0"));
    await edit(join(copy, "main.js"), (text) => `${text}\n// Another version of the code.\n`);
    expect(await worked(() => must("analysis", "create", join(copy, "analysis.yaml")))).toEqual({});
    const done = await worked(apply);
    expect(done).toMatchObject({ "tissue-volumes ran": 12, "brain-mask in-place": 12 });
    expect(Object.keys(done).filter((name) => name.startsWith("brain-mask"))).toEqual(["brain-mask in-place"]);
  });

  it("forgets a deleted subject and everything derived from it, and makes the report anew without it", async () => {
    const done = await worked(() => must("subject", "delete", "colin-mini", "08", "--yes"));
    expect(done).toEqual({ "group-report ran": 1 });
    const api = await world.api();
    const { items } = await api.call(catalogRoutes.listDerivatives, {
      query: { dataset: "colin-mini", subject: "08" },
    });
    expect(items).toEqual([]);
    const left = await readdir(join(world.bucket, "datasets/colin-mini"), { recursive: true });
    expect(left.filter((path) => path.includes("sub-08"))).toEqual([]);
  });
});

/** Lets a copy of an analysis find its packages where the workspace has them. */
const linkPackages = async (folder: string): Promise<void> => {
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
};
