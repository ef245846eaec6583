import { sliceRefToMessage } from "@rollerblade/events";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sessionOf, startTaggerWorld, type TaggerWorld } from "./testing/tagger-world.ts";

let world: TaggerWorld;
let dataset = "";
let datasets = 0;

beforeAll(async () => {
  world = await startTaggerWorld();
  await world.grant("ada", "c1", "c2", "c3", "c4");
});
afterAll(() => world.stop());

beforeEach(() => {
  datasets += 1;
  dataset = `c${datasets}`;
});

const volumes = { analysis: "tissue-volumes", version: "1.0.0", parametersHash: "" } as const;
const source = () => `datasets: [${dataset}]
tags:
  - {name: brain, from: {analysis: tissue-volumes, output: volumes}, title: Brain, show: {kind: metric, value: /brainVolume}}
`;

/** The router's word on what a document calls for at the session of the test; no key: nothing. */
const call = (revision: number, key: string, { document = dataset, covered = true } = {}) =>
  world.publish("pipeline.decided", {
    calls: [
      {
        ...{ ...volumes, document, rule: "volumes", slice: sliceRefToMessage(sessionOf(dataset, "01", "a")) },
        ...{ key, covered, revision: BigInt(revision) },
      },
    ],
  });

const publish = async (key: string, brainVolume: number) => {
  const slice = sessionOf(dataset, "01", "a");
  await world.publishIndexed(await world.derivative({ slice, key }, JSON.stringify({ brainVolume })));
};

const shown = async () => (await world.resultsOf("ada", { dataset })).map(({ value }) => value);

/** Tells whether the tagger has taken over everything that was published before. */
const becomes = (values: readonly number[]) =>
  expect.poll(shown, { timeout: 15_000, interval: 50 }).toEqual([...values]);

test("a value is shown while its execution is called for, and comes back with it", async () => {
  await world.publishApplied(dataset, source(), [volumes], 1, { volumes });
  await call(1, "first");
  await publish("first", 1);
  await becomes([1]);
  await call(2, "second");
  await becomes([]);
  await publish("second", 2);
  await becomes([2]);
  await call(3, "first");
  await becomes([1]);
});

test.each<[string, { covered: boolean }]>([
  ["its condition is false or it failed", { covered: true }],
  ["its rule no longer looks at the person", { covered: false }],
])("a value ends when %s", async (_, rest) => {
  await world.publishApplied(dataset, source(), [volumes], 1, { volumes });
  await publish("first", 1);
  await call(5, "first");
  await becomes([1]);
  await call(7, "", rest);
  await becomes([]);
  // An older word that comes later does not bring it back; the derivative of another session tells that it was received.
  await call(6, "first");
  await world.publishIndexed(await world.derivative({ slice: sessionOf(dataset, "02", "a"), key: "other" }, "{}"));
  await expect
    .poll(() => world.sql`select 1 from tagger.derivatives where dataset = ${dataset} and not unsettled`)
    .toHaveLength(2);
  expect(await shown()).toEqual([]);
});

test("what no rule looks at is shown as it lies there, and what another document's rules make as these call for it", async () => {
  await world.publishApplied(dataset, source(), [volumes], 1);
  await publish("by hand", 1);
  await becomes([1]);
  await call(1, "other", { document: "another" });
  await becomes([]);
  await call(2, "by hand", { document: "another" });
  await becomes([1]);
  await call(3, "", { document: "another" });
  await becomes([]);
  await call(4, "", { document: "another", covered: false });
  await becomes([1]);
});
