import { manifestFrom } from "@rollerblade/analysis";
import { routerRoutes } from "@rollerblade/client";
import { connectNats, deadLetters, toStruct } from "@rollerblade/events";
import type { AnalysisVersion } from "@rollerblade/pipeline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createDocuments } from "./evaluation/documents-in-force.ts";
import { type RouterWorld, startRouterWorld } from "./testing/router-world.ts";

let world: RouterWorld;

beforeAll(async () => {
  world = await startRouterWorld();
});
afterAll(() => world.stop());

const written = (name: string, parameters: object) => ({
  ...{ name, version: "1.0.0", image: "registry.example/x@sha256:0", level: "scan", parameters },
  inputs: { t1w: { suffix: "T1w", extension: ".nii.gz" } },
  outputs: { mask: { name: "{entities}_desc-brain_mask.nii.gz" } },
});

const good = (name: string): AnalysisVersion => ({
  manifest: manifestFrom(written(name, { properties: { threshold: { type: "number", default: 0.5 } } })),
  code: `sha256:${name}`,
});

const document = (analysis: string, parameters: object) =>
  JSON.stringify({
    datasets: ["*"],
    rules: [{ name: "mask", on: { scan: { suffix: "T1w" } }, run: { analysis, version: "^1", parameters } }],
  });

/** Manifests as an earlier version may have let them pass: the schema of each would break those of others. */
const poison = [
  { $id: "http://json-schema.org/draft-07/schema", type: "object", properties: {} },
  { properties: { a: { type: "string", pattern: "(?=x)" } } },
  { properties: { a: { $ref: "#" } } },
];

const poisonAll = async (): Promise<void> => {
  for (const [index, parameters] of poison.entries())
    await world.publish("analysis.created", {
      ...{ name: `poison-${index}`, version: "1.0.0", code: "x" },
      manifest: toStruct(JSON.parse(JSON.stringify(written(`poison-${index}`, parameters)))),
    });
};

const letters = async (): Promise<string[]> => {
  const nats = await connectNats({ url: world.natsUrl, name: "test" });
  const { items } = await deadLetters(nats).list({ limit: 100 });
  await nats.close();
  return items.map(({ reason }) => reason).sort();
};

test("a manifest that cannot be used is a dead letter, and everything else goes on, also after a restart", async () => {
  await poisonAll();
  // Written behind them in the same stream.
  await world.create(good("first"));
  await world.apply("one", document("first", { threshold: 0.7 }));
  const reasons = await letters();
  expect(reasons).toHaveLength(poison.length);
  expect(reasons[0]).toMatch(/^The manifest of poison-0 1\.0\.0 cannot be used: .*\$id: is not allowed/);

  const again = await world.startRouter();
  await world.create(good("second"));
  await world.apply("two", document("second", { threshold: 0.7 }));
  expect(await letters()).toEqual(reasons);
  await again.stop();
});

test("a stored version that cannot be used any more does not exist for documents, and stops none", async () => {
  const stored = { ...good("first").manifest, name: "old", parameters: poison[0] };
  await world.sql`
    insert into pipeline_router.analyses (name, version, manifest, code)
    values ('old', '1.0.0', ${JSON.stringify(stored)}, 'x')`;
  await expect(world.apply("three", document("old", {}))).rejects.toThrow(/old/);
  await world.apply("four", document("first", { threshold: 0.8 }));
});

test("a stored document that cannot be used any more acts on nothing, and stops no other", async () => {
  await world.sql`update pipeline_router.documents set source = ${"!!x ".repeat(60_000)} where name = 'one'`;
  await world.sql`
    update pipeline_router.analyses set manifest = jsonb_set(manifest::jsonb, '{parameters}', '{"$id": "x"}')::text
    where name = 'second'`;
  const documents = await createDocuments()(world.sql);
  expect(documents.map(({ name }) => name)).toEqual(["four"]);
  expect((await world.status("one")).unusable).toContain("more than 10000 words");
  expect((await world.status("two")).unusable).toBe("Rule mask of two is locked to a version that is not known.");
  expect((await world.status("four")).unusable).toBe("");
  const listed = await world.client.call(routerRoutes.listPipelines, { query: {} });
  expect(listed.items.map(({ name, tags }) => [name, tags])).toContainEqual(["one", []]);
});
