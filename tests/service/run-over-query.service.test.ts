import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { catalogRoutes, type RunStatus, routerRoutes, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

const world = await startServicesWorld(
  [ingest, catalog, scheduler, pipelineRouter],
  {},
  { ROLLERBLADE_MODE: "embedded" },
);
afterAll(world.stop);
const { sql, scratch } = world;
const [importer, asker, runner] = [world.admin("ingest"), world.admin("catalog"), world.admin("scheduler")];

const groups = { "01": "patient", "02": "control", "03": "patient", "04": "control" } as const;

const write = (path: string, content: string): void => {
  mkdirSync(dirname(join(scratch, path)), { recursive: true });
  writeFileSync(join(scratch, path), content);
};

/** Creates an analysis whose output is the description of its inputs. */
const create = async (
  name: string,
  manifest: string,
  version = "1.0.0",
  reads = "subject.label, subject.group",
  script = "cp $ROLLERBLADE_IN/slice.json $ROLLERBLADE_OUT/table.json",
): Promise<void> => {
  write(`${name}/main.sh`, `${script}\n`);
  const text = `name: ${name}\nversion: ${version}\nprocess: [sh, main.sh]\nreads: [${reads}]\nresources: {timeout: 30s}\n${manifest}`;
  const folder = join(scratch, name);
  await runner.call(schedulerRoutes.createAnalysis, {
    body: { manifest: text, folder, file: join(folder, "analysis.yaml") },
  });
};

const outputs = (name: string) => `outputs: {table: {name: "{entities}_desc-${name}_table.json"}}`;

beforeAll(async () => {
  write("study/dataset_description.json", '{"Name": "study", "BIDSVersion": "1.10.0", "DatasetType": "raw"}');
  const rows = Object.entries(groups).map(([label, group]) => `sub-${label}\t${group}\tM\n`);
  write("study/participants.tsv", `participant_id\tgroup\tsex\n${rows.join("")}`);
  for (const label of Object.keys(groups)) {
    write(`study/sub-${label}/anat/sub-${label}_T1w.nii.gz`, `T1w of ${label}`);
    for (const run of ["1", "2"])
      write(`study/sub-${label}/func/sub-${label}_task-rest_run-${run}_bold.nii.gz`, `bold ${run} of ${label}`);
  }
  const { status } = await importDataset({ client: importer, directory: join(scratch, "study"), dataset: "study" });
  await vi.waitFor(async () => {
    const [batch] = await sql<{ open: boolean }[]>`
      select indexed_at is null as open from catalog.batches where id = ${status.id}`;
    expect(batch?.open).toBe(false);
  }, 120_000);
  const inputs = "inputs: {t1ws: {suffix: T1w, extension: .nii.gz, many: true}}";
  await create(
    "group-table",
    `level: dataset\n${inputs}\noutputs: {table: {name: "{entities}_desc-group_table.json"}}`,
  );
  await create(
    "runs-table",
    `level: subject
inputs: {runs: {suffix: bold, extension: .nii.gz, many: true}}
outputs: {table: {name: "{entities}_desc-runs_table.json"}}`,
  );
  await create(
    "mark",
    `level: subject
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {table: {name: "{entities}_desc-mark_table.json"}}`,
  );
  await create(
    "plan-table",
    `level: subject
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {table: {name: "{entities}_desc-plan_table.json"}}`,
  );
  await create(
    "reads-slip",
    `level: subject
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {table: {name: "{entities}_desc-slip_table.json"}}`,
    "1.0.0",
    "subject.label, subject.grup, metadata.InversionTime",
  );
  await create(
    "group-of-marks",
    `level: dataset
inputs: {marks: {analysis: mark, version: ^1, output: table, many: true}}
outputs: {table: {name: "{entities}_desc-marks_table.json"}}`,
  );
});

type Done = Pick<RunStatus, "id"> & { readonly tasks: readonly TaskStatus[] };

type Choices = Pick<Parameters<typeof begin>[0], "inputs" | "parameters" | keyof Limits>;

type Limits = { readonly limit?: number; readonly force?: boolean; readonly stopEarly?: boolean };

const begin = (
  body: Limits & {
    readonly analysis: string;
    readonly query: string;
    readonly parameters?: Record<string, number>;
    readonly inputs?: Record<string, { analysis?: string; version?: string; parameters?: Record<string, number> }>;
  },
): Promise<RunStatus> => runner.call(schedulerRoutes.createRun, { body });

const run = async (analysis: string, query: string, choices: Choices = {}) => {
  const { id } = await begin({ analysis, query, ...choices });
  const show = () => runner.call(schedulerRoutes.showRun, { params: { id } });
  await expect.poll(async () => (await show()).state).toBe("finished");
  const { items: tasks } = await runner.call(schedulerRoutes.listTasks, { query: { run: id } });
  return { ...(await show()), tasks };
};

/** Labels of the subjects whose files each task received, and the folder that its output was published in. */
const received = ({ id }: Done) =>
  sql<{ sources: string[]; folder: string; key: string }[]>`
    select t.sources, t.analysis || '-' || t.version || case when t.parameters_hash = '' then '' else '+' end as folder, t.key
    from scheduler.tasks t where t.run = ${id} order by t.slice_key`;

const labelsOf = (sources: readonly string[]): string[] =>
  sources.map((source) => source.replace(/^.*\/sub-(\w\w).*$/, "$1")).sort();

test("an order that comes again is one run, also when the scheduler was killed before it answered", async () => {
  const order = { body: { analysis: "mark", query: 'subject.label == "01"' } };
  const key = { idempotencyKey: randomUUID() };
  const { id } = await runner.call(schedulerRoutes.createRun, order, key);
  expect((await runner.call(schedulerRoutes.createRun, order, key)).id).toBe(id);
  // What a kill between the run and the answer leaves behind.
  await sql`update accounts.idempotent_requests set status = null, answer = null, lease_until = now()`;
  expect((await runner.call(schedulerRoutes.createRun, order, key)).id).toBe(id);
  const other = await runner.call(schedulerRoutes.createRun, order, { idempotencyKey: randomUUID() });
  // Ids rise with time, by which lists of runs are ordered.
  expect(other.id > id).toBe(true);
});

describe("a group analysis over a query", () => {
  test("receives the subjects that the query chose and no others, and leaves everybody's result alone", async () => {
    const everybody = await run("group-table", 'dataset.name == "study"');
    const patients = await run("group-table", 'dataset.name == "study" && subject.group == "patient"');
    expect([everybody.counts.ran, patients.counts.ran]).toEqual([1, 1]);
    const [all, some] = [(await received(everybody))[0], (await received(patients))[0]];
    expect(labelsOf(all?.sources ?? [])).toEqual(["01", "02", "03", "04"]);
    expect(labelsOf(some?.sources ?? [])).toEqual(["01", "03"]);
    expect(some?.key).not.toBe(all?.key);
    expect([all?.folder, some?.folder]).toEqual(["group-table-1.0.0", "group-table-1.0.0+"]);
    const published = await sql`
      select folder from scheduler.derivatives where analysis = 'group-table' and state = 'in-force'`;
    expect(published).toHaveLength(2);
  });

  test("is the same work when the query leaves out only what it would not have received", async () => {
    const everything = await run("group-table", "");
    const bySuffix = await run("group-table", 'scan.suffix == "T1w"');
    expect(bySuffix.counts.inPlace).toBe(1);
    expect((await received(bySuffix))[0]?.key).toBe((await received(everything))[0]?.key);
  });

  test("is refused with the reason when the query chose nothing that it could receive", async () => {
    const { counts, tasks } = await run("group-table", 'scan.suffix == "bold"');
    expect(counts).toMatchObject({ total: 1, failed: 1 });
    expect(tasks[0]?.reason).toContain("the query chose 8 of 12 scans, and of these there is no T1w.nii.gz");
  });

  test("receives derivatives of the chosen subjects only", async () => {
    expect((await run("mark", "")).counts.failed).toBe(0);
    await expect
      .poll(() => sql`select count(*)::int from catalog.derivatives where analysis = 'mark' and state = 'in-force'`)
      .toEqual([{ count: 4 }]);
    const [task] = await received(await run("group-of-marks", 'subject.group == "control"'));
    expect(labelsOf(task?.sources ?? [])).toEqual(["02", "04"]);
    const [all] = await received(await run("group-of-marks", 'dataset.name == "study"'));
    expect(labelsOf(all?.sources ?? [])).toEqual(["01", "02", "03", "04"]);
  });

  test("means the same over a pin of the query", async () => {
    const body = { expression: 'subject.group == "patient"', level: "dataset", description: "" } as const;
    await asker.call(catalogRoutes.saveQuery, { params: { name: "patients" }, body });
    await asker.call(catalogRoutes.pinQuery, { params: { name: "patients", pin: "now" } });
    const [task] = await received(await run("group-table", "patients@now"));
    expect(labelsOf(task?.sources ?? [])).toEqual(["01", "03"]);
  });
});

test("an analysis of subjects receives of each subject only the scans that were chosen", async () => {
  const done = await run("runs-table", 'scan.entities.run == "1" || subject.label == "02"');
  const tasks = await received(done);
  expect(tasks.map(({ sources }) => sources.length)).toEqual([1, 2, 1, 1]);
});

describe("an analysis that does not apply to every slice", () => {
  const t1w = "t1w: {suffix: T1w, extension: [.nii.gz, .nii]}";

  test("over scans is narrowed to those that its inputs could be, and counts what it left out", async () => {
    await create("heads", `level: scan\ninputs: {${t1w}}\n${outputs("heads")}`);
    const done = await run("heads", "");
    expect(done.counts).toMatchObject({ total: 4, ran: 4, failed: 0, notApplicable: 0, leftOut: 8 });
    expect((await run("heads", 'scan.suffix == "bold"')).counts).toMatchObject({ total: 0, leftOut: 8 });
  });

  test("has an outcome of its own where a raw file is missing, and a retry leaves it alone", async () => {
    await create(
      "third-runs",
      `level: subject\ninputs: {third: {suffix: bold, extension: .nii.gz, run: 3}}\n${outputs("thirds")}`,
    );
    const done = await run("third-runs", "");
    expect(done).toMatchObject({ reason: "", counts: { total: 4, failed: 0, notApplicable: 4, open: 0 } });
    expect(done.tasks[0]).toMatchObject({
      outcome: "not-applicable",
      reason: 'there is no bold.nii.gz, run-3 for the input "third"',
    });
    const again = await runner.call(schedulerRoutes.retryRun, { params: { id: done.id }, query: {} });
    expect(again.counts).toMatchObject({ notApplicable: 4, open: 0 });
  });

  test("runs without its optional inputs, whether one file or many", async () => {
    const optional = "required: false, extension: .nii.gz";
    const inputs = `inputs: {${t1w}, t2w: {suffix: T2w, ${optional}}, fmaps: {suffix: epi, many: true, ${optional}}}`;
    await create("optional", `level: subject\n${inputs}\n${outputs("optional")}`);
    const done = await run("optional", 'subject.label == "01"');
    expect(done.counts).toMatchObject({ total: 1, ran: 1 });
    const [made] = await sql<{ path: string }[]>`
      select path from scheduler.derivatives where analysis = 'optional' and state = 'in-force'`;
    const text = readFileSync(
      join(fileURLToPath(world.servers.objectsUrl), "datasets/study", made?.path ?? ""),
      "utf8",
    );
    expect(JSON.parse(text).inputs).toMatchObject({ t1w: { file: "t1w.nii.gz" }, t2w: null, fmaps: [] });
  });
});

describe("a run may be told", () => {
  test("how many slices it has", async () => {
    const done = await run("mark", "", { limit: 2 });
    expect(done.counts).toMatchObject({ total: 2, failed: 0 });
    expect(done.outputs).toMatchObject([
      { dataset: "study", folder: expect.stringMatching(/^derivatives\/mark-/), files: 2 },
    ]);
  });

  test("to execute anew what is in place", async () => {
    await run("mark", "");
    const query = 'subject.label == "01"';
    expect((await run("mark", query)).counts).toMatchObject({ total: 1, inPlace: 1 });
    const executions = () => sql`select from scheduler.executions where analysis = 'mark' and state = 'succeeded'`;
    const before = (await executions()).length;
    expect((await run("mark", query, { force: true })).counts).toMatchObject({ total: 1, ran: 1, inPlace: 0 });
    expect((await executions()).length).toBe(before + 1);
    expect((await run("mark", query)).counts).toMatchObject({ inPlace: 1 });
    const inForce = await sql`
      select from scheduler.derivatives
      where analysis = 'mark' and version = '1.0.0' and slice ->> 'subject' = '01' and state = 'in-force'`;
    expect(inForce).toHaveLength(1);
  });
});

test("a result that was withdrawn is computed anew by the next run, with what was made from it", async () => {
  await create(
    "twice",
    `level: subject
inputs: {marks: {analysis: mark, version: ^1, output: table}}
${outputs("twice")}`,
  );
  const query = 'subject.label == "02"';
  await run("mark", query);
  const inForce = async (analysis: string) => {
    const { items } = await asker.call(catalogRoutes.listDerivatives, { query: { dataset: "study", analysis } });
    return items.filter(({ slice }) => slice.subject === "02").map(({ id }) => id);
  };
  await expect.poll(() => inForce("mark")).toHaveLength(1);
  expect((await run("twice", query)).counts).toMatchObject({ total: 1, ran: 1 });
  await expect.poll(() => inForce("twice")).toHaveLength(1);
  const withdrawn = [...(await inForce("mark")), ...(await inForce("twice"))];
  const [mark = ""] = withdrawn;
  const answer = await asker.call(catalogRoutes.withdrawDerivative, {
    params: { derivative: mark },
    body: { reason: "It shows another person." },
  });
  expect(answer.withdrawn).toBeGreaterThanOrEqual(2);
  // The scheduler receives an event for each, perhaps not in one batch.
  const left = () => sql`select from scheduler.derivatives where id = any(${withdrawn}::uuid[])`;
  await expect.poll(left).toEqual([]);
  expect([await inForce("mark"), await inForce("twice")]).toEqual([[], []]);
  expect((await run("mark", query)).counts).toMatchObject({ total: 1, ran: 1, inPlace: 0, cached: 0 });
  await expect.poll(() => inForce("mark")).toHaveLength(1);
  expect((await run("twice", query)).counts).toMatchObject({ total: 1, ran: 1 });
});

test("runs and tasks are found by the beginning of their ids", async () => {
  const { id, tasks } = await run("mark", "", { limit: 1 });
  const [task] = tasks;
  const list = (prefix: string) => runner.call(schedulerRoutes.listRuns, { query: { prefix } });
  expect((await list(id.slice(0, 30))).items.map((one) => one.id)).toEqual([id]);
  expect((await list(id.slice(0, 4))).items.length).toBeGreaterThan(1);
  expect((await list("ffff")).items).toEqual([]);
  const found = await runner.call(schedulerRoutes.listTasks, { query: { prefix: task?.id.slice(0, 30) } });
  expect(found.items.map((one) => one.id)).toEqual([task?.id]);
  await expect(list("%")).rejects.toMatchObject({ code: "invalid" });
});

describe("an analysis whose first slices all fail with the same message", () => {
  const level = "level: scan\ninputs: {bold: {suffix: bold, extension: .nii.gz}}\nretry: {attempts: 2}";
  const attempts = async ({ id }: Done): Promise<number> => {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int from scheduler.tasks as task join scheduler.attempts as attempt on attempt.execution = task.execution
      where task.run = ${id}`;
    return row?.count ?? 0;
  };

  beforeAll(async () => {
    const script = 'echo "cannot open $ROLLERBLADE_IN/bold.nii: $$" >&2; exit 3';
    await create("broken", `${level}\n${outputs("broken")}`, "1.0.0", "subject.label", script);
  });

  test("stops by itself and states why", async () => {
    const done = await run("broken", "", { stopEarly: true });
    expect(done.reason).toMatch(
      /^stopped: its first 5 slices all failed with the same message: exit code 3: cannot open /,
    );
    expect(done.counts).toMatchObject({ total: 8, open: 0, ran: 0 });
    expect(done.counts.failed).toBeGreaterThanOrEqual(5);
    expect(await attempts(done)).toBeLessThan(16);
  });

  test("goes on when it is told to", async () => {
    const done = await run("broken", "", { stopEarly: false });
    expect(done).toMatchObject({ reason: "", counts: { total: 8, failed: 8 } });
    expect(await attempts(done)).toBe(16);
    expect(done.failures).toMatchObject([{ count: 8, reason: expect.stringContaining("exit code 3: cannot open /") }]);
    expect(done.outputs).toEqual([]);
  });

  test("is not tried again where its exit code says so", async () => {
    await create("misused", `${level}\n${outputs("misused")}`, "1.0.0", "subject.label", "exit 78");
    const done = await run("misused", "", { limit: 1 });
    expect(done.tasks[0]?.reason).toBe("exit code 78 (its configuration is wrong)");
    expect(await attempts(done)).toBe(1);
  });
});

describe("a run builds on", () => {
  const parameters = "parameters: {properties: {level: {type: integer, default: 1}}}";
  const everything = 'dataset.name == "study"';
  const foldersOf = ({ tasks }: Done): Promise<{ folder: string }[]> => sql<{ folder: string }[]>`
    select distinct split_part(source, '/', 3) as folder from scheduler.tasks, unnest(sources) as source
    where id = any(${tasks.map(({ id }) => id)}::uuid[])`;

  beforeAll(async () => {
    const outputs = 'outputs: {table: {name: "{entities}_desc-mark_table.json"}}';
    await create(
      "mark",
      `level: subject\ninputs: {t1w: {suffix: T1w, extension: .nii.gz}}\n${parameters}\n${outputs}`,
      "1.1.0",
    );
  });

  test("the highest version that exists, and names it when there is nothing of it", async () => {
    const done = await run("group-of-marks", everything);
    expect(done.inputs).toEqual([{ input: "marks", analysis: "mark", version: "1.1.0", parameters: { level: 1 } }]);
    expect(done.tasks[0]?.reason).toBe(
      'the input "marks" is missing: there is no table of mark ^1; this run takes mark 1.1.0 with its default parameters (`--input marks=mark@RANGE` takes another version)',
    );
  });

  test("another version on demand", async () => {
    const done = await run("group-of-marks", everything, { inputs: { marks: { analysis: "mark", version: "1.0" } } });
    expect(done.inputs).toEqual([{ input: "marks", analysis: "mark", version: "1.0.0", parameters: {} }]);
    expect([done.counts.failed, await foldersOf(done)]).toEqual([0, [{ folder: "mark-1.0.0" }]]);
  });

  test("what was made with other parameters on demand, and nothing else", async () => {
    const two = { parameters: { level: 2 } };
    expect((await run("mark", 'dataset.name == "study" && subject.label == "02"', two)).counts.failed).toBe(0);
    await expect
      .poll(() => sql`select count(*)::int from catalog.derivatives where version = '1.1.0' and state = 'in-force'`)
      .toEqual([{ count: 1 }]);
    const done = await run("group-of-marks", everything, { inputs: { marks: two } });
    expect(done.inputs).toMatchObject([{ version: "1.1.0", parameters: { level: 2 } }]);
    expect(await foldersOf(done)).toEqual([{ folder: expect.stringMatching(/^mark-1\.1\.0\+[0-9a-f]{8}$/) }]);
    const [task] = await received(done);
    expect(labelsOf(task?.sources ?? [])).toEqual(["02"]);
  });

  test.each<[string, NonNullable<Choices["inputs"]>, string]>([
    [
      "a version that the manifest does not allow",
      { marks: { version: "2" } },
      "and the run wants 2: there is no such version",
    ],
    ["another analysis", { marks: { analysis: "runs-table" } }, "takes what mark makes, not runs-table"],
    ["an input that is none", { mark: {} }, 'has no input "mark"; did you mean "marks"?'],
    ["parameters that are none", { marks: { parameters: { lewel: 2 } } }, "lewel is not a parameter"],
  ])("nothing when it is asked for %s", async (_, inputs, message) => {
    await expect(begin({ analysis: "group-of-marks", query: everything, inputs })).rejects.toThrow(message);
  });

  test("no version of a raw file", async () => {
    const inputs = { t1ws: { version: "1" } };
    await expect(begin({ analysis: "group-table", query: "", inputs })).rejects.toThrow("is a raw file");
  });
});

test("a plan of a run says what then happens: computed, shared, cached, in place, failed", async () => {
  const order = (analysis: string, query: string) => ({ body: { analysis, query, version: "*" } });
  const plan = (analysis: string, query: string) => runner.call(schedulerRoutes.planRun, order(analysis, query));
  const query = 'subject.label in ["01", "03"]';
  const before = await plan("plan-table", query);
  expect(before).toMatchObject({ total: 2, run: 2, shared: 0, cached: 0, inPlace: 0, failed: 0 });
  expect((await run("plan-table", query)).counts).toMatchObject({ ran: before.run });
  const after = await plan("plan-table", "");
  expect(after).toMatchObject({ total: 4, run: 2, inPlace: 2 });
  expect((await run("plan-table", "")).counts).toMatchObject({ ran: after.run, inPlace: after.inPlace });
  const failing = await plan("group-table", 'scan.suffix == "bold"');
  expect(failing).toMatchObject({ total: 1, failed: 1 });
  expect(failing.reasons).toEqual([{ reason: expect.stringContaining("the query chose 8 of 12 scans"), count: 1 }]);
});

test("a field that nobody has is refused before anything starts, with the nearest name", async () => {
  const order = { body: { analysis: "reads-slip", query: "", version: "*" } };
  const message =
    "reads-slip 1.0.0 reads subject.grup, which no dataset that you may read has; did you mean subject.group?";
  await expect(runner.call(schedulerRoutes.createRun, order)).rejects.toMatchObject({ code: "invalid", message });
  await expect(runner.call(schedulerRoutes.planRun, order)).rejects.toMatchObject({ code: "invalid" });
});

describe("a name or value that cannot be is an error with the nearest ones", () => {
  const ask = (expression: string, datasets?: string[]) =>
    asker.call(catalogRoutes.runQuery, {
      body: { expression, level: "scan", limit: 10, ...(datasets && { datasets }) },
    });

  test.each([
    ["a dataset", 'dataset.name == "studi"', 'There is no dataset "studi"; did you mean study?', "not-found"],
    ["a suffix", 'scan.suffix == "T1W"', 'the scan.suffix "T1W"; did you mean T1w', "invalid"],
    ["a suffix in a list", 'scan.suffix in ["T1w", "bolt"]', 'the scan.suffix "bolt"; did you mean bold', "invalid"],
    ["a datatype", 'scan.datatype == "anatt"', "did you mean anat", "invalid"],
    ["an extension", 'scan.extension == ".nii.gzz"', "did you mean .nii.gz", "invalid"],
    ["a value of an entity", 'scan.entities.part == "phas"', "did you mean phase", "invalid"],
    ["a field of BIDS", "metadata.EchoTyme > 1", "did you mean metadata.EchoTime", "invalid"],
    ["a sex", 'subject.sex == "femal"', "No scan can have the subject.sex", "invalid"],
  ])("%s", async (_, expression, message, code) => {
    await expect(ask(expression)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    const body = { expression, level: "scan", description: "" } as const;
    const saved = asker.call(catalogRoutes.saveQuery, { params: { name: "slip" }, body });
    await expect(saved).rejects.toMatchObject({ code });
  });

  test("a dataset that is named beside the expression", async () => {
    await expect(ask("", ["studi"])).rejects.toMatchObject({ code: "not-found" });
  });

  test.each([
    ["a suffix", 'scan.suffix == "T2w"', 'No scan that was looked into has the scan.suffix "T2w".'],
    ["a field of BIDS", "metadata.InversionTime > 1", "No scan that was looked into has metadata.InversionTime"],
    ["an age", "subject.age > 1", "No scan that was looked into has subject.age."],
    ["a subject", 'subject.label == "99"', 'No scan that was looked into has the subject.label "99".'],
    ["an analysis", 'has.derivative("brain-maskk")', 'Nothing that was looked into was made by "brain-maskk".'],
  ])("%s that could be, and is not there, finds nothing and is named", async (_, expression, notice) => {
    const found = await ask(expression);
    expect(found.items).toEqual([]);
    expect(found.notices).toEqual([expect.stringContaining(notice)]);
  });

  test("a sex finds all of its spellings, and what is there and does not match needs no word", async () => {
    expect((await ask('subject.sex == "male"')).items).toHaveLength(10);
    expect(await ask('subject.sex == "female"')).toMatchObject({ items: [], notices: [] });
  });

  test("everything that misses what a misspelled analysis never made is found, with a word on it", async () => {
    const found = await ask('!has.derivative("brain-maskk")');
    expect(found.items).not.toEqual([]);
    expect(found.notices).toEqual(['Nothing that was looked into was made by "brain-maskk".']);
  });
});

test("a condition that asks for a misspelt field is refused, and one for a field that may come is named", async () => {
  const router = world.admin("pipeline-router");
  const document = (when: string) => ({
    params: { name: "conditions" },
    body: {
      source: `datasets: [study]\nrules:\n  - name: mark\n    on: {scan: {suffix: T1w}}\n    when: ${when}\n    run: {analysis: mark, version: ^1}\n`,
    },
  });
  const slip = "5:11, rule mark, when: no dataset that you may read has subject.grop; did you mean subject.group?";
  const misspelt = document('subject.grop == "patient"');
  await expect(router.call(routerRoutes.planPipeline, misspelt)).rejects.toThrow(slip);
  await expect(router.call(routerRoutes.applyPipeline, misspelt)).rejects.toThrow(slip);
  const notices = async (when: string) => (await router.call(routerRoutes.planPipeline, document(when))).notices;
  expect(await notices("subject.weight_at_birth > 3")).toEqual([
    "rule mark: no dataset that you may read has subject.weight_at_birth yet, so when is unknown",
  ]);
  expect(await notices('subject.group == "patient" && metadata.EchoTime > 1')).toEqual([]);
});

test("a file that .bidsignore names is staged where an analysis asks for it, and its result goes when the file goes", async () => {
  const lesion = "sub-01/anat/sub-01_T1w_label-lesion_roi.nii.gz";
  const importLesions = async (mode: "add" | "mirror") => {
    const { status } = await importDataset({
      ...{ client: importer, directory: join(scratch, "lesions"), dataset: "lesions", mode, force: true },
    });
    await vi.waitFor(async () => {
      const [batch] = await sql<{ open: boolean }[]>`
        select indexed_at is null as open from catalog.batches where id = ${status.id}`;
      expect(batch?.open).toBe(false);
    }, 60_000);
  };
  const derivatives = async () =>
    (await asker.call(catalogRoutes.listDerivatives, { query: { dataset: "lesions" } })).items.map(
      ({ path, sources }) => ({
        path,
        sources: sources.map((source) => source.path),
      }),
    );
  write("lesions/dataset_description.json", '{"Name": "lesions", "BIDSVersion": "1.10.0", "DatasetType": "raw"}');
  write("lesions/.bidsignore", "*_roi.nii.gz\nct/\n");
  for (const label of ["01", "02"]) {
    write(`lesions/sub-${label}/anat/sub-${label}_T1w.nii.gz`, `T1w of ${label}`);
    write(`lesions/sub-${label}/ct/sub-${label}_ct.nii.gz`, `CT of ${label}`);
  }
  write(`lesions/${lesion}`, "stroke");
  await importLesions("add");
  await create(
    "lesion-text",
    `level: scan
inputs:
  t1w: {suffix: T1w, extension: .nii.gz}
  ct: {ignored: ct/}
  lesion: {ignored: "*_label-lesion_roi.nii.gz", required: false}
${outputs("lesion")}`,
    "1.0.0",
    "",
    `printf '{"ct": "%s", "lesion": "%s"}' "$(cat $ROLLERBLADE_IN/ct.nii.gz)" "$(cat $ROLLERBLADE_IN/lesion.nii.gz)" > $ROLLERBLADE_OUT/table.json`,
  );
  const runAgain = async () => (await run("lesion-text", 'dataset.name == "lesions"')).counts;
  // The catalog is notified of outputs when the run has ended.
  const texts = async () => {
    const { items } = await asker.call(catalogRoutes.listDerivatives, { query: { dataset: "lesions" } });
    const folder = join(fileURLToPath(world.servers.objectsUrl), "datasets/lesions");
    return items.map(({ path }) => readFileSync(join(folder, path), "utf8")).sort();
  };
  const ofOther = '{"ct": "CT of 02", "lesion": ""}';
  expect(await runAgain()).toMatchObject({ ran: 2, failed: 0 });
  await expect.poll(texts).toEqual(['{"ct": "CT of 01", "lesion": "stroke"}', ofOther]);
  expect((await derivatives()).map(({ sources }) => sources)).toEqual([
    ["sub-01/anat/sub-01_T1w.nii.gz", "sub-01/ct/sub-01_ct.nii.gz", lesion],
    ["sub-02/anat/sub-02_T1w.nii.gz", "sub-02/ct/sub-02_ct.nii.gz"],
  ]);

  write(`lesions/${lesion}`, "a larger stroke");
  await importLesions("add");
  expect(await runAgain()).toMatchObject({ ran: 1, inPlace: 1 });
  await expect.poll(texts).toEqual(['{"ct": "CT of 01", "lesion": "a larger stroke"}', ofOther]);

  rmSync(join(scratch, "lesions", lesion));
  await importLesions("mirror");
  expect((await derivatives()).map(({ path }) => path)).toEqual([expect.stringContaining("sub-02")]);
  await runAgain();
  await expect.poll(texts).toEqual(['{"ct": "CT of 01", "lesion": ""}', ofOther]);
});
