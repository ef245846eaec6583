import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { catalogRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { demoDocument } from "./demo-document.ts";
import { every } from "./every.ts";
import { pythonWith } from "./python.ts";
import { createWorld, type World } from "./world.ts";

const python = await pythonWith("pybids", "0.22.0");
if (python === null && process.env.CI === "true")
  throw new Error("PyBIDS needs python3 with its venv module (python3-venv).");

/** How PyBIDS calls the entities of the example. */
const longNames: Readonly<Record<string, string>> = { sub: "subject", ses: "session", desc: "desc", label: "label" };

describe.skipIf(python === null)("the bucket, read by PyBIDS (needs python3 with its venv module)", () => {
  let world: World;
  let seen: Record<string, Record<string, string>>;

  beforeAll(async () => {
    world = await createWorld();
    await world.json(demoDocument, ["demo"]);
    const script = join(import.meta.dirname, "read_with_pybids.py");
    const dataset = join(world.bucket, "datasets", "colin-mini");
    const { stdout } = await promisify(execFile)(python ?? "", [script, dataset], { maxBuffer: 1 << 26 });
    const found = z.record(z.string(), z.record(z.string(), z.string())).parse(JSON.parse(stdout));
    seen = Object.fromEntries(
      Object.entries(found).map(([path, entities]) => [path.slice(dataset.length + 1), entities]),
    );
    await world.up();
  });
  afterAll(() => world.close());

  const mustSee = (path: string, entities: Readonly<Record<string, string>>, suffix: string): void => {
    const wanted = Object.entries(entities).map(([key, value]) => [longNames[key] ?? key, value]);
    expect.soft(seen[path], path).toMatchObject({ ...Object.fromEntries(wanted), suffix });
  };

  it("has every scan with its entities", async () => {
    const api = await world.api();
    const { items } = await api.call(catalogRoutes.listScans, { query: { dataset: "colin-mini" } });
    expect(items).toHaveLength(12);
    for (const { path, entities, suffix } of items) mustSee(path, entities, suffix);
  });

  it("has every derivative with its entities", async () => {
    const api = await world.api();
    const derivatives = await every((after) =>
      api.call(catalogRoutes.listDerivatives, { query: { dataset: "colin-mini", ...(after ? { after } : {}) } }),
    );
    expect(derivatives.length).toBeGreaterThanOrEqual(25);
    for (const { path, entities, suffix } of derivatives) mustSee(path, entities, suffix);
  });
});
