import { expect, test } from "vitest";
import { type Ended, type Given, runAnalysis } from "./run-analysis.ts";

const member = (
  index: number,
  reads: object,
  volumes: object = { brainVolume: 1500.5, csf: 300, gm: 800.5, wm: 400 },
): Given => ({
  file: `volumes/${String(index).padStart(6, "0")}.json`,
  content: JSON.stringify(volumes),
  reads,
});

const person = (
  label: string,
  session: string | null,
  age: number | null,
  sex: string | null,
  group: string | null,
) => ({
  "subject.label": label,
  "session.label": session,
  "subject.age": age,
  "session.age": age,
  "subject.sex": sex,
  "subject.group": group,
});

const report = (volumes: readonly Given[], parameters = {}): Promise<Ended> =>
  runAnalysis("group-report", { parameters, inputs: { volumes } });

const people = [
  member(0, person("02", "b", 52.1, "F", "control")),
  member(1, person("02", "a", 50, "F", "control")),
  member(2, person("01", null, null, null, "a\tb")),
];

test("everybody is in the table, by subject and age, with n/a for what nobody recorded", async () => {
  const { code, stderr, outputs } = await report(people);
  expect(code, stderr).toBe(0);
  expect(outputs.get("table.tsv")?.toString().split("\n")).toEqual([
    "participant_id\tsession_id\tage\tsex\tgroup\tbrain_volume\tcsf\tgm\twm",
    "sub-01\tn/a\tn/a\tn/a\ta b\t1500.5\t300\t800.5\t400",
    "sub-02\tses-a\t50\tF\tcontrol\t1500.5\t300\t800.5\t400",
    "sub-02\tses-b\t52.1\tF\tcontrol\t1500.5\t300\t800.5\t400",
    "",
  ]);
});

test("the chart joins the sessions of one person with a line, and shows the wanted volume", async () => {
  const brain = (await report(people)).outputs.get("chart.svg")?.toString() ?? "";
  expect(brain).toMatch(/^<svg /);
  expect(brain).toContain("Brain volume (mL)");
  expect(brain.match(/aria-roledescription="line mark"/g)).toHaveLength(1);
  expect(brain.match(/aria-roledescription="point"/g)).toHaveLength(2);
  const grey = (await report(people, { volume: "gm" })).outputs.get("chart.svg")?.toString();
  expect(grey).toContain("Grey matter (mL)");
});

test("the same input gives the same bytes", async () => {
  const [one, same] = [await report(people), await report(people)];
  expect([...one.outputs]).toEqual([...same.outputs]);
});

test("a name cannot smuggle anything into the chart", async () => {
  const { outputs } = await report([member(0, person("01", "a", 30, "<script>", '"><script>alert(1)</script>'))]);
  expect(outputs.get("chart.svg")?.toString()).not.toContain("<script");
});

test.each<[string, readonly Given[], object, RegExp]>([
  ["nobody", [], {}, /lists no file/],
  [
    "no number",
    [member(0, person("01", "a", 30, "F", "x"), { brainVolume: "big" })],
    {},
    /000000\.json has no number "brainVolume"/,
  ],
  ["no JSON", [{ ...member(0, {}), content: "{" }], {}, /000000\.json cannot be read/],
  ["an unknown volume", people, { volume: "bone" }, /"volume" must be one of/],
])("bad input ends with 65 and one sentence: %s", async (_, volumes, parameters, sentence) => {
  const { code, stderr } = await report(volumes, parameters);
  expect(stderr).toMatch(sentence);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(65);
});
