import { rm } from "node:fs/promises";
import { join } from "node:path";
import { schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { failures, wellBehaved, writeAnalysis } from "./failing-analysis.ts";
import { settle } from "./settle.ts";
import { createWorld, type World } from "./world.ts";

const started = z.looseObject({ id: z.uuid() });

describe("an analysis that goes wrong", () => {
  let world: World;

  beforeAll(async () => {
    world = await createWorld();
    const data = await world.copyOfColin();
    for (const subject of ["02", "03", "04", "05", "06", "07", "08"]) {
      await rm(join(data, `sub-${subject}`), { recursive: true });
    }
    await world.up();
    const imported = await world.run(["dataset", "import", data]);
    expect(imported.code, imported.stderr).toBe(0);
  });
  afterAll(() => world.close());

  it("never holds up the others, and says what was wrong", { timeout: 180_000 }, async () => {
    const api = await world.api();
    const runs = new Map<string, string>();
    for (const analysis of [...failures, wellBehaved]) {
      const created = await world.run(["analysis", "create", await writeAnalysis(world.folder, analysis)]);
      expect(created.code, created.stderr).toBe(0);
      const run = await world.json(started, ["run", analysis.name, "--query", 'scan.suffix == "T1w"']);
      runs.set(analysis.name, run.id);
    }
    await settle(api);
    const historyOf = async (name: string) => {
      const run = runs.get(name) ?? "";
      const { items } = await api.call(schedulerRoutes.listTasks, { query: { run } });
      expect(items).toHaveLength(1);
      return api.call(schedulerRoutes.showTask, { params: { id: items[0]?.id ?? "" } });
    };
    expect((await historyOf("copy")).outcome).toBe("ran");
    for (const { name, attempts, outcome, reason } of failures) {
      const task = await historyOf(name);
      console.log(`${name}: ${task.reason}`);
      expect.soft(task.outcome, name).toBe("failed");
      expect
        .soft(
          task.history?.attempts.map((one) => one.outcome),
          name,
        )
        .toEqual(Array(attempts).fill(outcome));
      expect.soft(task.reason, name).toMatch(reason);
    }
  });

  it("raises the memory of the next attempt up to the declared most, when it ran out of it", async () => {
    const api = await world.api();
    const { items } = await api.call(schedulerRoutes.listRuns, { query: { analysis: "greedy" } });
    const tasks = await api.call(schedulerRoutes.listTasks, { query: { run: items[0]?.id ?? "" } });
    const task = await api.call(schedulerRoutes.showTask, { params: { id: tasks.items[0]?.id ?? "" } });
    expect(task.history?.attempts.map(({ memory }) => memory / 2 ** 20)).toEqual([128, 192]);
  });

  it("is refused where its output would leave the dataset", async () => {
    const manifest = await writeAnalysis(world.folder, { name: "climber", code: "" }, "../{entities}_T1w.nii.gz");
    const { code, stderr } = await world.run(["analysis", "create", manifest]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/analysis\.yaml[\s\S]*image/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});
