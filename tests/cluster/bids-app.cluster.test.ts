import { rm } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, createHttpClient, type HttpClient, readAll, schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { settle } from "../e2e/settle.ts";
import { createWorld, root, type World } from "../e2e/world.ts";
import { install } from "./installation.ts";
import { type Door, openDoor } from "./open-door.ts";

const app = join(root, "examples/analyses/bids-app");
const started = z.looseObject({ id: z.uuid() });

/** Hashes of what the app made, by path; its `dataset_description.json` names the image or the process that it ran in. */
const madeIn = async (api: HttpClient): Promise<Record<string, string>> => {
  const query = { dataset: "bids-app", limit: 1000 };
  const all = await readAll((after) => api.call(catalogRoutes.listDerivatives, { query: { ...query, after } }));
  const own = all.filter(({ path }) => !/(dataset_description\.json|\.bidsignore)$/.test(path));
  return Object.fromEntries(own.map(({ path, sha256 }) => [path, sha256]));
};

describe("a BIDS App on a real cluster", () => {
  let world: World;
  let door: Door;

  beforeAll(async () => {
    world = await createWorld();
    await install();
    door = await openDoor();
  });
  afterAll(async () => {
    await door?.close();
    await world?.close();
  });

  it("makes the same trees in Pods as a process, a subject each in parallel and then for the group, and the second time nothing", async () => {
    const data = await world.copyOfColin("bids-app");
    for (const subject of ["03", "04", "05", "06", "07", "08"])
      await rm(join(data, `sub-${subject}`), { recursive: true });
    const remote = { ROLLERBLADE_URL: door.url, ROLLERBLADE_TOKEN: door.token };
    /** Imports, creates both levels and runs them twice; gives the outcomes of each run and the hashes. */
    const carryOut = async (api: HttpClient, environment: NodeJS.ProcessEnv) => {
      const must = async (...args: string[]): Promise<string> => {
        const { code, stdout, stderr } = await world.run(args, environment);
        expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
        return stdout;
      };
      await must("dataset", "import", data, "--name", "bids-app");
      await must("analysis", "create", app);
      await must("analysis", "create", join(app, "group.yaml"));
      const outcomes: string[][] = [];
      for (const analysis of ["prep", "prep-group", "prep", "prep-group"]) {
        const query = 'dataset.name == "bids-app" && scan.suffix == "T1w"';
        const { id } = started.parse(JSON.parse(await must("run", analysis, "--query", query, "--json")));
        await settle(api, 900_000);
        const { items } = await api.call(schedulerRoutes.listTasks, { query: { run: id } });
        outcomes.push(items.map(({ outcome }) => `${outcome}`));
      }
      return { outcomes, made: await madeIn(api) };
    };
    const inPods = await carryOut(createHttpClient({ url: door.url, token: door.token }), remote);
    await world.up();
    const asProcess = await carryOut(await world.api(), {});
    await world.down();
    expect(inPods.outcomes).toEqual([["ran", "ran"], ["ran"], ["in-place", "in-place"], ["in-place"]]);
    expect(asProcess.outcomes).toEqual(inPods.outcomes);
    expect(Object.keys(asProcess.made).some((path) => path.endsWith("sub-01.html"))).toBe(true);
    expect(inPods.made).toEqual(asProcess.made);
    console.log(
      `bids-app: ${Object.keys(inPods.made).length} files of 2 subjects and the group, the same in Pods and as a process`,
    );
  });
});
