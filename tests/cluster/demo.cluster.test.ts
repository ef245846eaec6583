import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { catalogRoutes, createHttpClient, type HttpClient, schedulerRoutes } from "@rollerblade/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kubectl } from "../../tools/test-cluster/kubectl.ts";
import { settle } from "../e2e/settle.ts";
import { createWorld, root, type World } from "../e2e/world.ts";
import { applyPipeline, install } from "./installation.ts";
import { type Door, openDoor } from "./open-door.ts";

/** What was made from the example dataset: the hash of each derivative by its path. */
const derivativesOf = async (api: HttpClient): Promise<Record<string, string>> => {
  const { items } = await api.call(catalogRoutes.listDerivatives, { query: { dataset: "colin-mini", limit: 1000 } });
  return Object.fromEntries(items.map(({ path, sha256 }) => [path, sha256]));
};

describe("the demo on a real cluster, every service in its own Pod", () => {
  let world: World;
  let door: Door;
  const began = Date.now();
  const note = (text: string): void => console.log(`${((Date.now() - began) / 1000).toFixed(1)} s: ${text}`);
  const remote = () => ({ ROLLERBLADE_URL: door.url, ROLLERBLADE_TOKEN: door.token });
  const must = async (...args: string[]): Promise<void> => {
    const { code, stdout, stderr } = await world.run(args, remote());
    expect(code, `rollerblade ${args.join(" ")}\n${stdout}${stderr}`).toBe(0);
  };

  beforeAll(async () => {
    world = await createWorld();
    await install();
    note("every service is ready");
    door = await openDoor();
  });
  afterAll(async () => {
    await door?.close();
    await world?.close();
  });

  it("runs each service alone in its Pod, all ready", async () => {
    const names = "jsonpath={range .items[*]}{.metadata.name}={.status.readyReplicas}{' '}{end}";
    const ready = await kubectl(["--namespace", "rollerblade", "get", "deployments", "--output", names]);
    const services = ["accounts", "catalog", "gateway", "ingest", "pipeline-router", "scheduler", "tagger"];
    expect(ready.trim().split(" ").sort()).toEqual(services.map((name) => `rollerblade-${name}=1`));
  });

  it("makes the same derivatives as the embedded demo, hash by hash", async () => {
    for (const name of ["brain-mask", "tissue-volumes", "group-report"])
      await must("analysis", "create", join(root, "examples", "analyses", name));
    await must("dataset", "import", join(root, "examples", "datasets", "colin-mini"));
    await applyPipeline("demo", await readFile(join(root, "examples", "pipeline.yaml"), "utf8"));
    const api = createHttpClient({ url: door.url, token: door.token });
    await expect
      .poll(async () => (await api.call(schedulerRoutes.listRuns, { query: {} })).items.length)
      .toBeGreaterThan(0);
    await settle(api, 1_500_000);
    note("the pipeline has settled");
    const made = await derivativesOf(api);

    await world.up();
    const embedded = await world.run(["demo"]);
    expect(embedded.code, embedded.stdout + embedded.stderr).toBe(0);
    const expected = await derivativesOf(await world.api());
    await world.down();
    note(`${Object.keys(made).length} derivatives on the cluster, ${Object.keys(expected).length} embedded`);
    expect(Object.keys(expected)).toHaveLength(38);
    expect(made).toEqual(expected);
  });
});
