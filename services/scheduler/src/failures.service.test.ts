import { execFileSync } from "node:child_process";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  copyScript,
  createShellAnalysis,
  type SchedulerWorld,
  startSchedulerWorld,
} from "./testing/scheduler-world.ts";

let world: SchedulerWorld;
let subjects = 0;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
});
afterAll(() => world.stop());

/** Runs a script on a scan of its own, and tells what a person would see. */
const runOnce = async (name: string): Promise<TaskStatus & { attempts: (string | null)[]; log: string }> => {
  subjects += 1;
  const run = await world.request(name, [await world.scan("ds", String(subjects), `content ${subjects}`)]);
  const [task] = await world.finished(run, 1);
  if (task === undefined) throw new Error("There is no task.");
  const client = world.client();
  const { history } = await client.call(schedulerRoutes.showTask, { params: { id: task.id } });
  const params = { id: task.execution ?? "", number: 1 };
  const { text } = await client.call(schedulerRoutes.showLog, { params });
  return { ...task, attempts: history?.attempts.map(({ outcome }) => outcome) ?? [], log: text };
};

const short = "resources: {cpu: 100m, memory: 64Mi, timeout: 1s}\nretry: {attempts: 2}";
const greedy =
  "resources: {cpu: 100m, memory: 64Mi, timeout: 30s}\nretry: {attempts: 5, memoryStep: 1.5, memoryMax: 100Mi}";

test.each<[string, string, string, string[], RegExp]>([
  ["exit 65 is final", "echo the image is blank >&2; exit 65", "", ["bad-input"], /exit code 65 .*the image is blank/],
  [
    "exit 1 is tried again",
    "echo went wrong; exit 1",
    "",
    ["failed", "failed"],
    /exit code 1: went wrong \(after 2 attempts\)/,
  ],
  ["a signal is named", "kill -9 $$", "", ["failed", "failed"], /ended by SIGKILL/],
  ["a time-out ends the whole group", "sleep 60 & sleep 60", short, ["timed-out", "timed-out"], /took longer than 1 s/],
  [
    "out of memory gets more, up to the limit",
    `exec node -e 'const kept = []; setInterval(() => kept.push(Buffer.alloc(16 << 20, 1)), 10)'`,
    greedy,
    ["out-of-memory", "out-of-memory", "out-of-memory"],
    /used more than 100Mi, which is all that it may have/,
  ],
  [
    "out of disk is named",
    "head -c 40000000 /dev/zero > $TMPDIR/scratch; exec sleep 60",
    "resources: {cpu: 100m, memory: 64Mi, disk: 32Mi, timeout: 50s}\nretry: {attempts: 1}",
    ["out-of-disk"],
    /ran out of disk: it wrote \d+Mi, of which it may have 32Mi/,
  ],
  ["a missing output is named", ":", "", ["bad-output", "bad-output"], /the declared output copy\.nii\.gz is missing/],
  [
    "an undeclared output is named with the missing one",
    "echo x > $ROLLERBLADE_OUT/coppy.nii.gz",
    "",
    ["bad-output", "bad-output"],
    /copy\.nii\.gz is missing; the file "coppy\.nii\.gz" was not declared; did you mean "copy\.nii\.gz"\?/,
  ],
  [
    "a symbolic link is not taken",
    "ln -s /etc/passwd $ROLLERBLADE_OUT/copy.nii.gz",
    "",
    ["bad-output", "bad-output"],
    /"copy\.nii\.gz" is a symbolic link/,
  ],
  [
    "a named pipe is not taken",
    "mkfifo $ROLLERBLADE_OUT/copy.nii.gz",
    "",
    ["bad-output", "bad-output"],
    /neither a file/,
  ],
  ["a folder is not taken", "mkdir $ROLLERBLADE_OUT/copy.nii.gz", "", ["bad-output", "bad-output"], /is a folder/],
  [
    "what lies outside the output folder is not looked at",
    "echo x > $ROLLERBLADE_OUT/../copy.nii.gz",
    "",
    ["bad-output", "bad-output"],
    /copy\.nii\.gz is missing/,
  ],
])("%s", async (title, script, manifest, attempts, reason) => {
  const name = title.replaceAll(/[^a-z0-9]+/g, "-").slice(0, 38);
  await createShellAnalysis(world, { name, script, ...(manifest !== "" && { manifest }) });
  const task = await runOnce(name);
  expect(task).toMatchObject({ outcome: "failed", attempts, derivatives: [] });
  expect(task.reason).toMatch(reason);
  expect(await world.keys(`datasets/ds/derivatives/${name}-1.0.0`)).toEqual([]);
});

test("a command that is not there says so", async () => {
  const manifest = "resources: {cpu: 100m}\nretry: {attempts: 1}";
  const folder = await createShellAnalysis(world, { name: "shell", script: "", manifest });
  await world.client().call(schedulerRoutes.createAnalysis, {
    body: {
      folder,
      manifest: `{name: nothing, version: 1.0.0, process: [no-such-program], level: scan, retry: {attempts: 1},
        inputs: {t1w: {suffix: T1w, extension: .nii.gz}}, outputs: {copy: {name: "{entities}_T1w.nii.gz", metadata: {SkullStripped: false}}}}`,
    },
  });
  expect((await runOnce("nothing")).reason).toMatch(/could not be started: spawn no-such-program ENOENT/);
});

test("a failure that says what no table can hold is written down all the same", async () => {
  await createShellAnalysis(world, {
    name: "strange",
    script: "printf 'zero \\000 and half \\355\\240\\200 of a pair' >&2; exit 65",
  });
  const task = await runOnce("strange");
  expect(task).toMatchObject({ outcome: "failed", attempts: ["bad-input"] });
  expect(task.reason).toMatch(/zero \ufffd and half/);
});

test("a slice whose outputs cannot be named fails alone", async () => {
  await createShellAnalysis(world, { name: "namer", script: copyScript });
  const good = await world.scan("named", "01", "good");
  const bad = { ...(await world.scan("named", "02", "bad")), entities: { sub: "../02" } };
  const tasks = await world.finished(await world.request("namer", [bad, good]), 2);
  expect(tasks.map(({ outcome }) => outcome).sort()).toEqual(["failed", "ran"]);
  expect(tasks.find(({ outcome }) => outcome === "failed")?.reason).toMatch(/sub-\.\.\/02/);
});

test("code that was edited after it was created never runs", async () => {
  const folder = await createShellAnalysis(world, { name: "edited", script: copyScript });
  await appendFile(join(folder, "main.sh"), "echo edited\n");
  const task = await runOnce("edited");
  expect(task).toMatchObject({ outcome: "failed", attempts: ["code-changed"] });
  expect(task.reason).toMatch(/is no longer what was created .* raise the version/);
});

test("code that is edited while it runs does not count", async () => {
  await createShellAnalysis(world, { name: "self-editing", script: `${copyScript}echo : >> $0\n` });
  expect(await runOnce("self-editing")).toMatchObject({ outcome: "failed", attempts: ["code-changed"] });
});

test("an input that is no longer what was decided on is not used", async () => {
  await createShellAnalysis(world, { name: "copy", script: copyScript });
  const slice = await world.scan("ds", "changed", "before");
  await world.scan("ds", "changed", "after");
  const [task] = await world.finished(await world.request("copy", [slice]), 1);
  expect(task).toMatchObject({ outcome: "failed" });
  expect(task?.reason).toMatch(/sub-changed_T1w\.nii\.gz is gone, or no longer what was decided on/);
});

test("a command sees nothing of our environment", async () => {
  process.env.ROLLERBLADE_SECRET_IN_TESTS = "secret";
  const script = `env | cut -d= -f1 | sort | tr '\\n' ' '; ls $HOME; ${copyScript}`;
  await createShellAnalysis(world, { name: "environment", script });
  const { outcome, log } = await runOnce("environment");
  expect(outcome).toBe("ran");
  const ours = log.split(/\s+/).filter((word) => !["_", "OLDPWD", "PWD", "SHLVL", ""].includes(word));
  expect(ours.filter((word) => word !== "TRACEPARENT")).toEqual([
    "HOME",
    "LOGNAME",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "ROLLERBLADE_CPUS",
    "ROLLERBLADE_IN",
    "ROLLERBLADE_MEMORY_BYTES",
    "ROLLERBLADE_OUT",
    "TMPDIR",
    "USER",
  ]);
});

test("what a command leaves in the background ends with it", async () => {
  const started = join(world.folder, "in-the-background");
  const script = `sleep 7778 & echo $! > ${started}; ${copyScript}`;
  await createShellAnalysis(world, { name: "background", script });
  expect((await runOnce("background")).outcome).toBe("ran");
  expect(await readFile(started, "utf8")).toMatch(/^\d+$/m);
  const commands = (): string[] => execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  await expect.poll(() => commands().filter((line) => line.startsWith("sleep 7778"))).toEqual([]);
});

test("a failure leaves the others alone", async () => {
  const script = `if grep -q bad $ROLLERBLADE_IN/t1w.nii.gz; then exit 1; fi; ${copyScript}`;
  await createShellAnalysis(world, { name: "picky", script });
  const slices = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      world.scan("mixed", String(index), index % 5 === 0 ? `bad ${index}` : `good ${index}`),
    ),
  );
  const tasks = await world.finished(await world.request("picky", slices), 20);
  expect(tasks.filter(({ outcome }) => outcome === "ran")).toHaveLength(16);
  expect(tasks.filter(({ outcome }) => outcome === "failed")).toHaveLength(4);
  const [finished] = await world.published("run.finished").then((all) => all.slice(-1));
  expect(finished).toMatchObject({ ran: 16n, failed: 4n });
});

test("the output of an attempt is followed while it runs, and only the rest of it comes at its end", async () => {
  const [followed, gate] = [join(world.folder, "followed"), join(world.folder, "open")];
  const wait = (file: string) => `until [ -e ${file} ]; do sleep 0.05; done`;
  const script = `${wait(followed)}; echo begun; ${wait(gate)}; echo over; exit 1\n`;
  await createShellAnalysis(world, { name: "talker", script, manifest: "retry: {attempts: 1}" });
  const run = await world.request("talker", [await world.scan("ds", "talker", "content")]);
  const attempts = () => world.sql<{ execution: string }[]>`
    select execution from scheduler.attempts join scheduler.executions e on e.id = execution where analysis = 'talker'`;
  await expect.poll(attempts).toHaveLength(1);
  const [attempt] = await attempts();
  const path = `/v1/executions/${attempt?.execution}/attempts/1/log/follow`;
  // The very first answer has the output, also of an attempt that has only just begun and is silent.
  const answer = await world.client().raw(path);
  await writeFile(followed, "");
  const pieces = answer.body?.[Symbol.asyncIterator]();
  const first = await pieces?.next();
  expect(first?.done === false ? Buffer.from(first.value).toString() : "nothing").toBe("begun\n");
  await writeFile(gate, "");
  let rest = "";
  for (;;) {
    const piece = await pieces?.next();
    if (piece === undefined || piece.done === true) break;
    rest += Buffer.from(piece.value).toString();
  }
  expect(rest).toBe("over\n");
  await world.finished(run, 1);
});

test("a verdict on the input is final for every run, version and retry, until the input changes", async () => {
  const script =
    "grep -q blank $ROLLERBLADE_IN/t1w.nii.gz && { echo the image is blank; exit 65; }\ncat $0 > $ROLLERBLADE_OUT/copy.nii.gz\n";
  await createShellAnalysis(world, { name: "judge", script });
  await createShellAnalysis(world, { name: "judge", script, version: "1.1.0" });
  const blank = await world.scan("verdicts", "01", "blank");
  const first = await world.request("judge", [blank]);
  const [verdict] = await world.finished(first, 1);
  expect(verdict).toMatchObject({
    outcome: "failed",
    reason: expect.stringMatching(/exit code 65 .*the image is blank/),
  });
  const same = { outcome: "failed", reason: verdict?.reason, execution: verdict?.execution };
  expect(await world.finished(await world.request("judge", [blank], { rule: "another" }), 1)).toMatchObject([same]);
  expect(await world.finished(await world.request("judge", [blank], { version: "1.1.0" }), 1)).toMatchObject([same]);
  await world.client().call(schedulerRoutes.retryRun, { params: { id: first }, query: {} });
  expect(await world.finished(first, 1)).toMatchObject([same]);
  const executions = () => world.sql`select 1 from scheduler.executions where analysis = 'judge'`;
  expect(await executions()).toHaveLength(1);
  const changed = await world.request("judge", [await world.scan("verdicts", "01", "an image")]);
  expect(await world.finished(changed, 1)).toMatchObject([{ outcome: "ran" }]);
  expect(await executions()).toHaveLength(2);
});

test("a version with more memory does not fail with the execution of one with less that it waits for", async () => {
  const gate = join(world.folder, "gate");
  const script = `until [ -e ${gate} ]; do sleep 0.05; done
[ $ROLLERBLADE_MEMORY_BYTES -gt 100000000 ] || exit 1
cat $0 > $ROLLERBLADE_OUT/copy.nii.gz
`;
  const limits = (memory: string) => `resources: {cpu: 100m, memory: ${memory}, timeout: 60s}\nretry: {attempts: 1}`;
  await createShellAnalysis(world, { name: "hungry", script, manifest: limits("64Mi") });
  for (const version of ["1.0.1", "1.0.2"])
    await createShellAnalysis(world, {
      name: "hungry",
      script,
      version,
      manifest: limits(version === "1.0.1" ? "128Mi" : "64Mi"),
    });
  const scan = await world.scan("ds", "hungry", "content");
  const runs = [await world.request("hungry", [scan])];
  const attempts = () =>
    world.sql`select 1 from scheduler.attempts join scheduler.executions e on e.id = execution where analysis = 'hungry'`;
  await expect.poll(attempts).toHaveLength(1);
  for (const version of ["1.0.1", "1.0.2"])
    runs.push(await world.request("hungry", [scan], { version, rule: version }));
  const waiting =
    () => world.sql`select distinct execution from scheduler.tasks where analysis = 'hungry' and state = 'waiting' and run = any(${runs}::uuid[])
    group by execution having count(*) = 3`;
  await expect.poll(waiting).toHaveLength(1);
  await writeFile(gate, "");
  const [small] = await world.finished(runs[0] ?? "", 1);
  expect(small).toMatchObject({ outcome: "failed", reason: "exit code 1 (after 1 attempt)" });
  expect(await world.finished(runs[1] ?? "", 1)).toMatchObject([{ outcome: "ran" }]);
  expect(await world.finished(runs[2] ?? "", 1)).toMatchObject([{ outcome: "failed", execution: small?.execution }]);
  expect(await attempts()).toHaveLength(2);
});

test("failures of one cause are listed and tried again alone, with the memory that they are given", async () => {
  const script = `if grep -q hungry $ROLLERBLADE_IN/t1w.nii.gz; then
  [ $ROLLERBLADE_MEMORY_BYTES -gt 100000000 ] || { echo "no room in $$" >&2; exit 1; }
else echo "no brain" >&2; exit 1; fi
cat $0 > $ROLLERBLADE_OUT/copy.nii.gz
`;
  const manifest = "resources: {cpu: 100m, memory: 64Mi, timeout: 60s}\nretry: {attempts: 1}";
  await createShellAnalysis(world, { name: "causes", script, manifest });
  const labels = ["hungry1", "hungry2", "empty1"];
  const scans = await Promise.all(labels.map((label) => world.scan("causes", label, label)));
  const run = await world.request("causes", scans);
  await world.finished(run, 3);
  const show = async () => (await world.client().call(schedulerRoutes.showRun, { params: { id: run } })).failures;
  const failures = await show();
  expect(failures).toMatchObject([
    { count: 2, reason: expect.stringMatching(/exit code 1: no room in \d+/) },
    { count: 1, reason: expect.stringContaining("no brain") },
  ]);
  const like = failures[0]?.task ?? "";
  const listed = await world.client().call(schedulerRoutes.listTasks, { query: { run, like } });
  expect(listed.items.map(({ slice }) => slice.subject).sort()).toEqual(["hungry1", "hungry2"]);
  const status = await world
    .client()
    .call(schedulerRoutes.retryRun, { params: { id: run }, query: { like, memory: 128 * 2 ** 20 } });
  expect(status.counts).toMatchObject({ open: 2, failed: 1 });
  const ended = await world.finished(run, 3);
  expect(new Map(ended.map(({ slice, outcome }) => [slice.subject, outcome]))).toEqual(
    new Map([
      ["hungry1", "ran"],
      ["hungry2", "ran"],
      ["empty1", "failed"],
    ]),
  );
  expect(await show()).toMatchObject([{ count: 1, reason: expect.stringContaining("no brain") }]);
  await expect(
    world.client().call(schedulerRoutes.retryRun, { params: { id: run }, query: { like } }),
  ).rejects.toMatchObject({ code: "not-found" });
});
