import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wellBehaved, writeAnalysis } from "./failing-analysis.ts";
import { createWorld, type World } from "./world.ts";

/**
 * A lab of four, by the command line alone: a head makes a group, imports and shares; a student runs and cannot delete; a guest sees one query,
 * and of its answer one dataset, for a week; somebody leaves. The administrator makes users and knows nothing else.
 */
let world: World;
let url: string;

/** What a command of somebody printed, and its exit code. */
type Answer = { readonly code: number | null; readonly out: string; readonly err: string };

/** What the reader of this test's output is shown: who asked what, and what came of it. */
const transcript: string[] = [];

/** Runs a command as somebody: with credentials of their own, from a folder in which no server was started. */
const as = async (person: string, command: string, input = ""): Promise<Answer> => {
  const child = world.start(command.split(" "), {
    ROLLERBLADE_FOLDER: join(world.folder, person),
    ROLLERBLADE_CREDENTIALS: join(world.folder, person, "credentials.json"),
  });
  child.stdin?.end(input);
  const [out, err] = await Promise.all([child.stdout, child.stderr].map((part) => (part === null ? "" : textOf(part))));
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once("exit", resolve)));
  transcript.push(`${person.padEnd(8)}${String(code).padStart(2)}  rollerblade ${command.replace(url, "URL")}`);
  return { code, out: out ?? "", err: err ?? "" };
};

/** A command that has to succeed. @returns what it printed */
const done = async (person: string, command: string, input = ""): Promise<string> => {
  const { code, out, err } = await as(person, command, input);
  expect(code, `${person}: rollerblade ${command}\n${err}`).toBe(0);
  return out;
};

/** A command that is refused. @returns the exit code: 4 for what does not exist for them, 6 for what they may not do */
const refused = async (person: string, command: string): Promise<number | null> => {
  const { code, err } = await as(person, command);
  expect(err, `${person}: rollerblade ${command}`).not.toBe("");
  return code;
};

/** Names in the first column of what a command lists. */
const names = async (person: string, command: string): Promise<string[]> => {
  const rows: { name: string }[] = JSON.parse(await done(person, `${command} --json`));
  return rows.map(({ name }) => name).toSorted();
};

const joins = async (person: string): Promise<void> => {
  await mkdir(join(world.folder, person));
  const { code, stdout } = await world.run(["user", "create", person]);
  expect(code).toBe(0);
  const secret = /: (\S+)\s*$/.exec(stdout)?.[1];
  await done(person, `login ${url} --name ${person} --new-password`, `${secret}\n${person}'s long password\n`);
};

/** One subject with one scan, which the guest may see. */
const writeTeaching = async (): Promise<string> => {
  const folder = join(world.folder, "data", "teaching");
  await mkdir(join(folder, "sub-T1", "anat"), { recursive: true });
  await writeFile(join(folder, "dataset_description.json"), '{"Name": "For courses", "BIDSVersion": "1.10.0"}');
  await writeFile(join(folder, "participants.tsv"), "participant_id\tage\nsub-T1\t30\n");
  await writeFile(join(folder, "sub-T1", "anat", "sub-T1_T1w.nii.gz"), "an image of the course");
  return folder;
};

beforeAll(async () => {
  world = await createWorld();
  await world.up();
  const { stdout } = await world.run(["whoami", "--json"]);
  url = JSON.parse(stdout).url;
  for (const person of ["head", "student", "guest", "leaver"]) await joins(person);
});
afterAll(async () => {
  console.log(`who  exit  command\n${transcript.join("\n")}`);
  await world.close();
});

test("the head makes a group, imports, and shares with it; before nobody sees anything", async () => {
  await done("head", `dataset import ${await world.copyOfColin("brains")} --name brains`);
  await done("head", `dataset import ${await writeTeaching()} --name teaching`);
  expect(await names("student", "dataset list")).toEqual([]);
  expect(await refused("student", "dataset show brains")).toBe(4);
  // Code that runs on the server is for its administrator to accept, who gives it to the head.
  const { code, stderr } = await world.run(["analysis", "create", await writeAnalysis(world.folder, wellBehaved)]);
  expect(code, stderr).toBe(0);
  expect((await world.run(["transfer", "offer", "analysis", "copy", "head"])).code).toBe(0);
  await done("head", "group create students");
  await done("head", "group add students student leaver");
  await done("head", "grant dataset brains contributor group:students");
  await done("head", "grant analysis copy runner group:students");
  expect(await names("student", "dataset list")).toEqual(["brains"]);
  expect(await names("leaver", "dataset list")).toEqual(["brains"]);
  expect(await names("guest", "dataset list")).toEqual([]);
});

test("the student runs an analysis and sees its results, and cannot delete, share or see who else is here", async () => {
  await done("student", "run copy --dataset brains --suffix T1w --follow");
  const runs: { state: string }[] = JSON.parse(await done("student", "runs list --json"));
  expect(runs.map(({ state }) => state)).toEqual(["finished"]);
  for (const command of [
    "dataset delete brains --yes",
    "subject delete brains 01 --yes",
    "grant dataset brains viewer guest",
    "transfer offer dataset brains student",
    "audit list --kind dataset --name brains",
    "user list",
    "group add students guest",
    "audit verify",
  ])
    expect([command, await refused("student", command)]).toEqual([command, 6]);
  expect(await refused("student", "dataset show teaching")).toBe(4);
  expect(await names("head", "dataset list")).toEqual(["brains", "teaching"]);
});

test("the guest sees one query for a week, and of its answer what the guest may read", async () => {
  await done("head", "query save adults subject.age>=18");
  await done("head", "query save secret subject.age>=65");
  expect(await refused("guest", "query show adults")).toBe(4);
  await done("head", "grant query adults viewer guest --until 7d --reason a-visit");
  await done("head", "grant dataset teaching viewer guest --until 7d --reason a-visit");
  expect(await names("guest", "query list")).toEqual(["adults"]);
  expect(await refused("guest", "query show secret")).toBe(4);
  const found: { slices: { slice: { dataset: string } }[] } = JSON.parse(await done("guest", "query adults --json"));
  expect(found.slices.map(({ slice }) => slice.dataset)).toEqual(["teaching"]);
  for (const command of ["query delete adults", "grant query adults viewer student", "dataset delete teaching --yes"])
    expect([command, await refused("guest", command)]).toEqual([command, 6]);
  const ways: { principal: string; ways: { expiresAt: string | null; note: string }[] }[] = JSON.parse(
    await done("head", "access explain query adults --user guest --json"),
  );
  const end = ways[0]?.ways[0]?.expiresAt ?? "";
  expect(Math.round((Date.parse(end) - Date.now()) / 86_400_000)).toBe(7);
  // The week is over: the same grant with an end that has come.
  // Two commands have to be through before it does.
  const soon = new Date(Date.now() + 20_000).toISOString();
  await done("head", `grant query adults viewer guest --until ${soon}`);
  await done("head", `grant dataset teaching viewer guest --until ${soon}`);
  await expect.poll(() => names("guest", "query list"), { timeout: 60_000, interval: 500 }).toEqual([]);
  expect(await names("guest", "dataset list")).toEqual([]);
  expect(await refused("guest", "query show adults")).toBe(4);
});

test("somebody leaves: out of the group nothing is seen, disabled nothing is open, and what was theirs is given on", async () => {
  await done("leaver", "query save thesis dataset.name=='brains'");
  await done("leaver", "token create laptop --scope read");
  await done("head", "group remove students leaver");
  expect(await names("leaver", "dataset list")).toEqual([]);
  expect(await refused("leaver", "dataset show brains")).toBe(4);
  expect(await names("student", "dataset list")).toEqual(["brains"]);
  expect((await world.run(["user", "disable", "leaver"])).code).toBe(0);
  expect(await refused("leaver", "whoami")).toBe(6);
  const { code } = await as("leaver", `login ${url} --name leaver`, "leaver's long password\n");
  expect(code).toBe(6);
  expect((await world.run(["transfer", "offer", "query", "thesis", "head"])).code).toBe(0);
  expect(await names("head", "query list")).toEqual(["adults", "secret", "thesis"]);
});

test("the head deletes a person, and learns which texts of people still name them", async () => {
  await done("head", 'query save anna subject.label=="08"');
  const { finishedAt, namedIn } = JSON.parse(await done("head", "subject delete brains sub-08 --yes --json"));
  expect(finishedAt).not.toBeNull();
  expect(namedIn).toEqual([{ kind: "query", name: "anna" }]);
});

test("the head sees who did what with the data, from the beginning to the end", async () => {
  type Row = { actor: string; action: string; outcome: string };
  const about = async (kind: string, name: string): Promise<Row[]> =>
    JSON.parse(await done("head", `audit list --kind ${kind} --name ${name} --limit 1000 --json`));
  const rows = [...(await about("dataset", "brains")), ...(await about("analysis", "copy"))];
  const stands = (actor: string, action: string, outcome: string) =>
    rows.some((row) => row.actor === actor && row.action === action && row.outcome === outcome);
  expect(stands("student", "run.createRun", "allowed")).toBe(true);
  // The dataset itself tells who ran on it, and of no refusal that its own owner met while importing it.
  const ofData = await about("dataset", "brains");
  expect(ofData).toContainEqual(expect.objectContaining({ actor: "student", action: "run.began", outcome: "allowed" }));
  expect(ofData.filter(({ actor, outcome }) => actor === "head" && outcome === "refused")).toEqual([]);
  expect(stands("student", "deletion.deleteDataset", "refused")).toBe(true);
  expect(stands("student", "grant.giveGrant", "refused")).toBe(true);
  expect(stands("leaver", "read.showDataset", "refused")).toBe(true);
  expect((await world.run(["audit", "verify"])).code).toBe(0);
});
