import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { parseManifest } from "@rollerblade/analysis";
import { afterAll, expect, test } from "vitest";
import type { Attempt } from "../executor.ts";
import { createEnvironments } from "../process/environments/environments.ts";
import { createProcessSandbox } from "../process/process-sandbox.ts";
import { attemptFolder, makeAttemptFolder } from "./attempt-folder.ts";
import { tryAttempt } from "./try-attempt.ts";

const scratch = await mkdtemp(join(tmpdir(), "try-"));
const sandbox = createProcessSandbox(scratch, { cpu: 1, memory: 2 ** 30 }, createEnvironments(scratch));
afterAll(async () => {
  sandbox.close();
  await rm(scratch, { recursive: true });
});

const manifest = parseManifest(`
name: quick
version: 1.0.0
process: [sh, -c, 'echo reading; echo "[1]" > "$0"', "{out.size}"]
level: subject
inputs: {t1w: {suffix: T1w, extension: .nii.gz, required: false}}
outputs: {size: {name: "{entities}_desc-quick_size.json"}}
`);
const slice = { level: "subject", dataset: "d", subject: "01", session: null, scan: null } as const;
const attempt: Attempt = {
  ...{ id: "quick", execution: "quick", manifest, parameters: {}, folder: scratch, code: "process:trial", image: null },
  ...{ slice: { slice, inputs: [], entities: { sub: "01" }, datatype: null } },
  ...{ memory: 2 ** 27, traceparent: "", rank: 0, owner: "" },
};

test("what a command prints is passed on once, also where it has ended before anybody could follow it", async () => {
  const late = { ...sandbox, follow: async () => Readable.from([]) };
  for (const [name, one] of [
    ["followed", sandbox],
    ["late", late],
  ] as const) {
    const folder = attemptFolder(scratch, name);
    makeAttemptFolder(folder);
    const printed: string[] = [];
    const ending = await tryAttempt(one, { ...attempt, id: name }, folder, (bytes) => {
      printed.push(Buffer.from(bytes).toString());
    });
    expect([ending.outcome, ending.reason, printed.join("")]).toEqual(["succeeded", "", "reading\n"]);
  }
});

test("an output that a relative path led into the folder of the code is found there", async () => {
  const code = join(scratch, "relative-code");
  await mkdir(code);
  const relative = parseManifest(`
name: quick
version: 1.0.0
process: [sh, -c, 'echo "[1]" > size.json']
level: subject
inputs: {t1w: {suffix: T1w, extension: .nii.gz, required: false}}
outputs: {size: {name: "{entities}_desc-quick_size.json"}}
`);
  const folder = attemptFolder(scratch, "relative");
  makeAttemptFolder(folder);
  const ending = await tryAttempt(
    sandbox,
    { ...attempt, id: "relative", manifest: relative, folder: code },
    folder,
    () => {},
  );
  expect([ending.outcome, ending.reason]).toEqual([
    "bad-output",
    expect.stringMatching(
      /^the declared output size\.json is missing; size\.json lies in the folder of the code: outputs belong/,
    ),
  ]);
});
