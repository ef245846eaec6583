import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { classify, type IndexedFile } from "@rollerblade/abids";
import { indexFolder } from "@rollerblade/transfer/index-folder";
import { afterEach, describe, expect, test } from "vitest";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const image = "sub-01/anat/sub-01_T1w.nii.gz";

/** A dataset that is well but for what a test adds. */
const dataset = (files: Readonly<Record<string, string>> = {}): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollerblade-hostile-"));
  folders.push(folder);
  const all = {
    "dataset_description.json": '{"Name": "x", "BIDSVersion": "1.11.1"}',
    README: "x",
    [image]: "",
    "sub-01/anat/sub-01_T1w.json": '{"EchoTime": 0.003}',
    ...files,
  };
  for (const [path, content] of Object.entries(all)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
};

/** The findings of each file, the good one always among them. */
const check = (folder: string, links: "inside" | "anywhere" = "inside"): Map<string, IndexedFile> => {
  const lines = new Map([...indexFolder(folder, { tables: true, links })].map((file) => [file.path, file]));
  expect(lines.get(image)).toMatchObject({ class: "valid", metadata: { EchoTime: 0.003 } });
  return lines;
};

const rulesOf = (lines: ReadonlyMap<string, IndexedFile>, path: string): string[] | undefined =>
  lines
    .get(path)
    ?.findings.map(({ rule }) => rule)
    .filter((rule) => !hints.has(rule));

/** The findings of any dataset so small. */
const hints: ReadonlySet<string> = new Set(["recommended-metadata", "undefined-column", "empty-file"]);

test("the findings of one person's images does not depend on what other people have", () => {
  const lines = check(
    dataset({
      "sub-02/pet/sub-02_pet.nii.gz": "",
      "sub-03/anat/sub-03_T1w.nii.gz": "",
      "sub-03/anat/sub-03_T1w.json": "{}",
    }),
  );
  expect(rulesOf(lines, "sub-03/anat/sub-03_T1w.nii.gz")).toEqual(rulesOf(lines, image));
});

describe("names", () => {
  test.each([
    ["a line break", "sub-01/anat/sub-01_T1w\n.nii.gz"],
    ["an escape of the terminal", "sub-01/anat/sub-01_\u001b[31mT1w.nii.gz"],
    ["another script", "sub-01/anat/sub-01_acq-мозг_T1w.nii.gz"],
    ["an emoji", "sub-01/anat/sub-01_acq-🧠_T1w.nii.gz"],
    ["a text that runs backwards", "sub-01/anat/sub-01_\u202eT1w.nii.gz"],
    ["a backslash", "sub-01/anat/..\\sub-01_T1w.nii.gz"],
    ["a name of JavaScript", "sub-01/anat/sub-01___proto__-x_T1w.nii.gz"],
    ["255 letters", `sub-01/anat/sub-01_acq-${"x".repeat(220)}_T2w.nii`],
  ])("%s", (_, path) => {
    const line = check(dataset({ [path]: "" })).get(path);
    if (path.endsWith("T2w.nii")) expect(line).toMatchObject({ class: "valid" });
    else expect(line).toMatchObject({ class: "invalid", findings: [{ severity: "error" }] });
  });

  test.each([
    ["../../etc/passwd"],
    ["sub-01/../../x"],
    ["/etc/passwd"],
    ["a\0b"],
    ["x".repeat(4_096)],
    [""],
    ["\ud800"],
  ])("%j, which only a bucket can hold, is refused", (path) =>
    expect(classify(path)).toMatchObject({ class: "invalid", rule: "unsafe-path" }),
  );

  test("bytes that are not text", () => {
    const folder = dataset();
    closeSync(
      openSync(
        Buffer.concat([
          Buffer.from(`${folder}/sub-01/anat/sub-01_acq-`),
          Buffer.from([0xff, 0xfe]),
          Buffer.from("_T2w.nii"),
        ]),
        "w",
      ),
    );
    const bad = [...check(folder).values()].filter((line) => line.class === "invalid");
    expect(bad).toHaveLength(1);
  });
});

describe("folders", () => {
  test("links that lead in circles are reported once, and all that lies beside them is found", () => {
    const folder = dataset();
    symlinkSync(".", join(folder, "sub-02"));
    symlinkSync("../..", join(folder, "sub-01/ses-1"));
    symlinkSync("itself", join(folder, "itself"));
    const lines = check(folder, "anywhere");
    expect([rulesOf(lines, "sub-02"), rulesOf(lines, "sub-01/ses-1")]).toEqual([["link-loop"], ["link-loop"]]);
    expect(lines.size).toBeLessThan(12);
    const inside = check(folder);
    expect([rulesOf(inside, "sub-02"), rulesOf(inside, "sub-01/ses-1")]).toEqual([["link-loop"], ["link-out"]]);
  });

  test("an invalid name whose nearest one would lie behind a file, or is too long for the disk", () => {
    const long = "x".repeat(240);
    const lines = check(
      dataset({ "sub-02/anat": "a file", "sub-02_T1w (1).nii": "x", [`sub-01/anat/sub-01_${long}_T1w.n`]: "x" }),
    );
    expect(lines.get("sub-02_T1w (1).nii")).toMatchObject({ class: "invalid" });
  });

  test("a link to nothing, as datalad leaves them, is a scan whose content is elsewhere", () => {
    const folder = dataset();
    symlinkSync("../.git/annex/objects/x", join(folder, "sub-01/anat/sub-01_T2w.nii.gz"));
    expect(check(folder).get("sub-01/anat/sub-01_T2w.nii.gz")).toMatchObject({
      class: "valid",
      findings: [{ rule: "broken-link", severity: "warning" }],
    });
  });

  test("a pipe is not waited for", () => {
    const folder = dataset();
    execFileSync("mkfifo", [join(folder, "sub-01/anat/sub-01_T2w.json")]);
    expect(rulesOf(check(folder), "sub-01/anat/sub-01_T2w.json")).toEqual(["special-file"]);
  });

  test("a folder that is named like a sidecar", () => {
    expect(check(dataset({ "sub-01/anat/sub-01_T2w.json/x": "" })).get("sub-01/anat/sub-01_T2w.json/x")).toMatchObject({
      class: "invalid",
    });
  });

  test("a thousand folders in one another", () => {
    const deep = (top: string): string => [top, ..."a".repeat(1_000), "x"].join("/");
    const lines = check(dataset({ [deep("sourcedata")]: "", [deep("code")]: "" }));
    const longest = (top: string) =>
      [...lines.values()]
        .filter(({ path }) => path.startsWith(top))
        .toSorted((a, b) => b.path.length - a.path.length)[0];
    // No store holds a path of more than 1,024 bytes, so that nobody looks further.
    expect(longest("sourcedata")).toMatchObject({ class: "ignored", findings: [] });
    expect(longest("code")).toMatchObject({ class: "invalid", findings: [{ rule: "unsafe-path" }] });
    expect(longest("code")?.path.length).toBeGreaterThan(900);
  });
});

describe("JSON", () => {
  test.each([
    ["10,000 levels", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, "bad-json"],
    ["10,000 lists that nobody closed", "[".repeat(10_000), "bad-json"],
    ["half of it", '{"a": ', "bad-json"],
    ["a list", "[]", "bad-json"],
    ["bytes that are not text", "\u0000\u0001", "bad-json"],
    ["nothing", "", "bad-json"],
  ])("%s", (_, text, rule) => {
    expect(rulesOf(check(dataset({ "sub-01/anat/sub-01_T2w.json": text })), "sub-01/anat/sub-01_T2w.json")).toContain(
      rule,
    );
  });

  test("what would change every object changes none", () => {
    const text = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}, "a": 1}';
    const lines = check(dataset({ "sub-01/anat/sub-01_T2w.json": text, "sub-01/anat/sub-01_T2w.nii": "" }));
    expect(lines.get("sub-01/anat/sub-01_T2w.nii")?.metadata).toEqual({ a: 1 });
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });

  test("a gigabyte is refused by its size, and not read", () => {
    const folder = dataset({ "sub-01/anat/sub-01_T2w.json": "{", "participants.tsv": "participant_id\nsub-01\n" });
    truncateSync(join(folder, "sub-01/anat/sub-01_T2w.json"), 2 ** 30);
    truncateSync(join(folder, "participants.tsv"), 2 ** 30);
    const before = process.memoryUsage.rss();
    const lines = check(folder);
    expect(rulesOf(lines, "sub-01/anat/sub-01_T2w.json")).toContain("too-large");
    expect(rulesOf(lines, "participants.tsv")).toEqual(["too-large"]);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 2 ** 20);
  });
});

describe("tables", () => {
  const path = "sub-01/func/sub-01_task-x_events.tsv";
  test.each([
    ["a byte order mark", "\uFEFFonset\tduration\n1\t2\n", ["table-encoding"]],
    ["CRLF", "onset\tduration\r\n1\t2\r\n", ["table-encoding"]],
    ["ragged rows", "onset\tduration\n1\n1\t2\t3\n", ["bad-table", "bad-table"]],
    ["100,000 columns", `${"x\t".repeat(100_000)}\n`, ["too-large"]],
    ["no header that is known", "a\tb\n1\t2\n", ["missing-column", "missing-column"]],
    ["UTF-16", "\uFFFEo\u0000n\u0000", ["lossy-value", "missing-column", "missing-column"]],
  ])("%s", (_, text, rules) => {
    expect(rulesOf(check(dataset({ [path]: text })), path)).toEqual(rules);
  });

  test("a hundred thousand ragged rows are reported in a few findings", () => {
    expect(
      check(dataset({ [path]: `onset\tduration\n${"1\n".repeat(100_000)}` })).get(path)?.findings.length,
    ).toBeLessThan(30);
  });
});

test("a file that grows while it is read is a finding, and nobody takes half of it for the whole", async () => {
  const path = "sub-01/anat/sub-01_T2w.json";
  const folder = dataset({ [path]: `{${" ".repeat(8 * 2 ** 20)}` });
  const loop = `const { appendFileSync } = require("node:fs"); for (;;) appendFileSync(${JSON.stringify(join(folder, path))}, " ");`;
  const writer = new Worker(loop, { eval: true });
  try {
    await expect.poll(() => rulesOf(check(folder), path), { timeout: 20_000 }).toContain("changing");
  } finally {
    await writer.terminate();
  }
}, 30_000);
