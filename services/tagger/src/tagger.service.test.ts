import type { Result } from "@rollerblade/client";
import { newEventId } from "@rollerblade/events";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sessionOf, startTaggerWorld, type TaggerWorld, wholeOf } from "./testing/tagger-world.ts";

let world: TaggerWorld;

beforeAll(async () => {
  world = await startTaggerWorld();
  await world.grant("ada", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten");
  await world.grant("bob", "elsewhere");
});
afterAll(() => world.stop());

const volumes = { analysis: "tissue-volumes", version: "1.0.0", parametersHash: "" } as const;
const report = { analysis: "group-report", version: "1.0.0", parametersHash: "" } as const;

const document = (dataset: string, tags: readonly string[]): string =>
  [`datasets: [${dataset}]`, "tags:", ...tags.map((tag) => `  - ${tag}`)].join("\n");

const brain =
  "{name: brain, from: {analysis: tissue-volumes, output: volumes}, title: Brain, show: {kind: metric, value: /brainVolume, unit: mL, digits: 1}}";
const grey =
  "{name: grey, from: {analysis: tissue-volumes, output: volumes}, title: Grey, show: {kind: metric, value: /gm, unit: mL}}";
const file = "{name: raw, from: {analysis: tissue-volumes, output: volumes}, title: Numbers, show: {kind: document}}";
const group = "{name: all, from: {analysis: group-report, output: table}, title: Everybody, show: {kind: table}}";

const settled = (name: string, dataset: string, count: number): Promise<void> =>
  expect.poll(() => world.resultsOf(name, { dataset }), { timeout: 15_000, interval: 50 }).toHaveLength(count);

const shown = ({ slice, tag, value }: Result) => [slice.subject, slice.session, tag, value];

test("all that should be shown comes in order, with values, titles, units and a link", async () => {
  const slices = [sessionOf("one", "02", "a"), sessionOf("one", "01", "b"), sessionOf("one", "01", "a")];
  const made = await Promise.all(
    slices.map((slice, index) => world.derivative({ slice }, JSON.stringify({ brainVolume: 1000 + index, gm: index }))),
  );
  const table = await world.derivative(
    {
      slice: wholeOf("one"),
      ...report,
      output: "table",
      extension: ".tsv",
      path: "derivatives/group-report-1.0.0/all.tsv",
    },
    "participant_id\tage\nsub-01\t24\nsub-02\tn/a\n",
  );
  for (const facts of [table, ...made]) await world.publishIndexed(facts);
  await world.publishApplied("demo-one", document("one", [brain, grey, file, group]), [volumes, report], 1);
  await settled("ada", "one", 10);

  const results = await world.resultsOf("ada", { dataset: "one", limit: 3 });
  expect(results.map(shown)).toEqual([
    ["01", "a", "brain", 1002],
    ["01", "a", "grey", 2],
    ["01", "a", "raw", null],
    ["01", "b", "brain", 1001],
    ["01", "b", "grey", 1],
    ["01", "b", "raw", null],
    ["02", "a", "brain", 1000],
    ["02", "a", "grey", 0],
    ["02", "a", "raw", null],
    [null, null, "all", null],
  ]);
  const [first, last] = [results[0], results.at(-1)];
  expect(first).toMatchObject({ title: "Brain", kind: "metric", unit: "mL", digits: 1, problem: "", position: 0 });
  expect(last?.table).toEqual({
    columns: ["participant_id", "age"],
    rows: [
      ["sub-01", 24],
      ["sub-02", null],
    ],
    more: false,
  });
  expect(first?.url).toContain("/objects/");
  expect(await world.resultsOf("ada", { dataset: "one", subject: "01", session: "a" })).toHaveLength(3);
  expect((await world.resultsOf("ada", { dataset: "one", level: "dataset" })).map(({ tag }) => tag)).toEqual(["all"]);
  const moments = results.map(({ taggedAt }) => taggedAt).sort();
  expect(await world.resultsOf("ada", { dataset: "one", since: moments[0] })).toHaveLength(results.length);
  const later = new Date(Date.parse(moments.at(-1) ?? "") + 1).toISOString();
  expect(await world.resultsOf("ada", { dataset: "one", since: later })).toEqual([]);
});

test("every result is announced once, however often its causes are", async () => {
  const slice = sessionOf("two", "01", "a");
  const facts = await world.derivative({ slice }, '{"brainVolume": 5, "gm": 1}');
  await world.publishApplied("demo-two", document("two", [brain, file]), [volumes], 1);
  for (let time = 0; time < 3; time += 1) await world.publishIndexed(facts);
  await settled("ada", "two", 2);
  await world.restart();
  await world.publishApplied("demo-two", document("two", [brain, file]), [volumes], 2);
  await world.publishIndexed(facts);
  await world.publishIndexed(await world.derivative({ slice: sessionOf("two", "02", "a") }, '{"brainVolume": 6}'));
  await settled("ada", "two", 4);
  const published = (await world.published()).filter(({ dataset }) => dataset === "two");
  expect(published.map(({ derivative, tag }) => [derivative === facts.id, tag]).sort()).toEqual([
    [false, "brain"],
    [false, "raw"],
    [true, "brain"],
    [true, "raw"],
  ]);
});

test("the end of a derivative counts, whether it is received before or after its beginning", async () => {
  const [early, late, deleted] = await Promise.all(
    ["01", "02", "03"].map((subject) =>
      world.derivative({ slice: sessionOf("three", subject, "a"), revision: 10 }, '{"brainVolume": 5}'),
    ),
  );
  if (early === undefined || late === undefined || deleted === undefined) throw new Error("unreachable");
  const end = ({ id, dataset, path }: typeof early) => ({ id, dataset, path, revision: 11n });
  await world.publish("derivative.superseded", { ...end(early), supersededBy: newEventId() });
  for (const facts of [early, late, deleted]) await world.publishIndexed(facts);
  await world.publishApplied("demo-three", document("three", [brain]), [volumes], 1);
  await settled("ada", "three", 2);
  await world.publish("derivative.withdrawn", { ...end(late), sha256: late.sha256, reason: "gone" });
  await settled("ada", "three", 1);
  await world.publish("subject.deleted", { dataset: "three", subject: "03", deleter: "ada" });
  await settled("ada", "three", 0);
});

test("an old deletion does not take what was made after it", async () => {
  const slice = sessionOf("four", "01", "a");
  const before = await world.derivative({ slice, id: "01900000-0000-7000-8000-000000000000" }, '{"brainVolume": 1}');
  await world.publishApplied("demo-four", document("four", [brain]), [volumes], 1);
  await world.publishIndexed(before);
  await settled("ada", "four", 1);
  const later = new Date(Date.now() + 3_600_000).getTime().toString(16).padStart(12, "0");
  const anew = await world.derivative(
    { slice, id: `${later.slice(0, 8)}-${later.slice(8)}-7000-8000-000000000001` },
    '{"brainVolume": 2}',
  );
  await world.publishIndexed(anew);
  await settled("ada", "four", 2);
  await world.publish("dataset.deleted", { dataset: "four", deleter: "ada" });
  await settled("ada", "four", 1);
  expect((await world.resultsOf("ada", { dataset: "four" })).map(({ value }) => value)).toEqual([2]);
});

test("the newest application of a document counts, whichever is received last", async () => {
  const facts = await world.derivative({ slice: sessionOf("five", "01", "a") }, '{"brainVolume": 5, "gm": 3}');
  const other = await world.derivative(
    { slice: sessionOf("five", "01", "a"), parametersHash: "0a1b2c3d" },
    '{"brainVolume": 7, "gm": 4}',
  );
  for (const one of [facts, other]) await world.publishIndexed(one);
  await world.publishApplied(
    "demo-five",
    document("five", [grey, brain]),
    [{ ...volumes, parametersHash: "0a1b2c3d" }],
    9,
  );
  await world.publishApplied("demo-five", document("five", [brain, file]), [volumes], 8);
  await settled("ada", "five", 2);
  expect((await world.resultsOf("ada", { dataset: "five" })).map(shown)).toEqual([
    ["01", "a", "grey", 4],
    ["01", "a", "brain", 7],
  ]);
  await world.publishApplied("demo-five", document("five", [grey.replace("/gm", "/brainVolume")]), [volumes], 10);
  await expect
    .poll(async () => (await world.resultsOf("ada", { dataset: "five" })).map(shown), { timeout: 15_000 })
    .toEqual([["01", "a", "grey", 5]]);
  await world.publishApplied("demo-five", document("elsewhere", [grey]), [volumes], 11);
  await settled("ada", "five", 0);
});

test("a document that is applied while its derivatives are being settled misses none of them", async () => {
  const facts = await world.derivative({ slice: sessionOf("ten", "01", "a") }, '{"brainVolume": 5}');
  await world.publishIndexed(facts);
  const isSettled = async () => {
    const rows = await world.sql`select 1 from tagger.derivatives where id = ${facts.id} and not unsettled`;
    return rows.length === 1;
  };
  await expect.poll(isSettled, { timeout: 15_000 }).toBe(true);
  await world.sql`update tagger.derivatives set unsettled = true where id = ${facts.id}`;
  await world.sql.begin(async (tx) => {
    // As another replica does, which has read the tags before.
    await tx`update tagger.derivatives set unsettled = false where id = ${facts.id}`;
    await world.publishApplied("demo-ten", document("ten", [brain]), [volumes], 1);
    const isWaiting = async () => {
      const rows = await world.sql`select 1 from pg_locks where not granted`;
      return rows.length > 0;
    };
    await expect.poll(isWaiting, { timeout: 15_000 }).toBe(true);
  });
  await settled("ada", "ten", 1);
});

test("a file that does not hold the value is shown with the reason, and the rest goes on", async () => {
  const contents = ["no json", '{"brainVolume": {"mL": 5}}', '{"gm": 5}', '{"brainVolume": "\\u0000 mL"}'];
  for (const [index, content] of contents.entries()) {
    await world.publishIndexed(await world.derivative({ slice: sessionOf("six", String(index), "a") }, content));
  }
  await world.publishApplied("demo-six", document("six", [brain]), [volumes], 1);
  await settled("ada", "six", 4);
  expect((await world.resultsOf("ada", { dataset: "six" })).map(({ value, problem }) => [value, problem])).toEqual([
    [null, "The file is not JSON."],
    [null, "At /brainVolume stands no single value."],
    [null, "The file has nothing at /brainVolume."],
    ["\uFFFD mL", ""],
  ]);
});

test("a value is never taken out of another file than the one that was announced", async () => {
  const facts = await world.derivative({ slice: sessionOf("seven", "01", "a") }, '{"brainVolume": 5}');
  const key = `datasets/seven/${facts.path}`;
  await world.objects.put(key, Buffer.from('{"brainVolume": 6}'));
  await world.publishApplied("demo-seven", document("seven", [brain]), [volumes], 1);
  await world.publishIndexed(facts);
  await expect
    .poll(
      async () =>
        (await world.sql`select 1 from tagger.results where attempts > 0 and derivative = ${facts.id}`).length,
    )
    .toBe(1);
  expect(await world.resultsOf("ada", { dataset: "seven" })).toEqual([]);
  await world.objects.put(key, Buffer.from('{"brainVolume": 5}'));
  await settled("ada", "seven", 1);
});

test("who may not read a dataset, or something that a result was made from, sees nothing of it", async () => {
  const open = await world.derivative({ slice: sessionOf("eight", "01", "a") }, '{"brainVolume": 5}');
  const source = { dataset: "secret", path: "sub-01/anat/sub-01_T1w.nii.gz", sha256: "sha256:0" };
  const mixed = await world.derivative(
    { slice: sessionOf("eight", "02", "a"), sources: [source] },
    '{"brainVolume": 6}',
  );
  for (const facts of [open, mixed]) await world.publishIndexed(facts);
  await world.publishApplied("demo-eight", document("eight", [brain]), [volumes], 1);
  await expect
    .poll(async () => (await world.published()).filter(({ dataset }) => dataset === "eight").length, {
      timeout: 15_000,
    })
    .toBe(2);
  expect((await world.resultsOf("ada", { dataset: "eight" })).map(({ slice }) => slice.subject)).toEqual(["01"]);
  await expect(world.resultsOf("bob", { dataset: "eight" })).rejects.toMatchObject({ code: "not-found" });
  await expect(world.resultsOf("bob", { dataset: "unheard-of" })).rejects.toMatchObject({ code: "not-found" });
  expect(await world.resultsOf("bob")).toEqual([]);
  await expect(world.resultsOf("nobody")).rejects.toMatchObject({ code: "unauthenticated" });
});

test("many derivatives are settled together", async () => {
  await world.publishApplied("demo-nine", document("nine", [brain, grey, file]), [volumes], 1);
  for (let round = 0; round < 4; round += 1) {
    const subjects = Array.from({ length: 30 }, (_, index) => String(round * 30 + index));
    await Promise.all(
      subjects.map(async (subject) =>
        world.publishIndexed(
          await world.derivative({ slice: sessionOf("nine", subject, "a") }, '{"brainVolume": 5, "gm": 3}'),
        ),
      ),
    );
  }
  await expect
    .poll(async () => (await world.published()).filter(({ dataset }) => dataset === "nine").length, { timeout: 30_000 })
    .toBe(360);
  expect(await world.resultsOf("ada", { dataset: "nine", limit: 100 })).toHaveLength(360);
});
