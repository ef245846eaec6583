import { hash, randomUUID } from "node:crypto";
import {
  appendFile,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { archiveKey, datasetKey } from "@rollerblade/abids/bucket-layout";
import type { StagedFile } from "@rollerblade/analysis";
import { type ObjectStore, openObjectStore } from "@rollerblade/object-store";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AttemptFolder, attemptFolder, makeAttemptFolder } from "./attempt-folder.ts";
import { createKeptStages, type KeptStages } from "./kept-stages.ts";
import { makePrivateFolder } from "./private-folder.ts";
import { InputChanged, stageIn } from "./stage-in.ts";

const { signal } = new AbortController();
let folder: string;
let scratch: string;
let objects: ObjectStore;

beforeAll(async () => {
  // On a disk also where the temporary folder is in memory: there nothing is kept.
  folder = await mkdtemp("/var/tmp/rollerblade-staging-");
  scratch = makePrivateFolder(join(folder, "scratch"));
  objects = openObjectStore(`file://${folder}/objects`, { publicUrl: "http://localhost", secret: "secret" });
});
afterAll(() => rm(folder, { recursive: true }));

const sha256 = (bytes: Uint8Array | string): string => `sha256:${hash("sha256", bytes)}`;

const put = async (source: string, text: string): Promise<void> => {
  await objects.put(datasetKey("ds", source), Buffer.from(text), { transient: true });
};

const staged = (path: string, source: string, text: string): StagedFile => ({
  kind: "object",
  path,
  dataset: "ds",
  source,
  size: Buffer.byteLength(text),
  sha256: sha256(text),
});

/** Every path below the folder with the hash of its content, in order. */
const treeOf = async (root: string): Promise<(readonly [string, string])[]> => {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (path) => [path.slice(root.length + 1), sha256(await readFile(path))] as const),
  );
};

const treeOfPlan = (plan: readonly StagedFile[]): (readonly [string, string])[] =>
  plan
    .map((file) => [file.path, file.kind === "text" ? sha256(file.text) : file.sha256] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));

const newFolder = (): AttemptFolder => {
  const made = attemptFolder(scratch, randomUUID());
  makeAttemptFolder(made);
  return made;
};

/** A store that counts what is read from it. */
const counting = (): { readonly store: ObjectStore; readonly read: string[] } => {
  const read: string[] = [];
  return {
    read,
    store: {
      ...objects,
      get: (key, options) => objects.get(key, options),
      inspect: (requests, options) => {
        read.push(...requests.map(({ key }) => key));
        return objects.inspect(requests, options);
      },
    },
  };
};

/** One attempt that does `work` with its inputs and ends. @returns what was there before it began, and what was read from the store */
const attempt = async (
  stages: KeptStages,
  plan: readonly StagedFile[],
  work: (folder: AttemptFolder) => Promise<void> = async () => {},
) => {
  const made = newFolder();
  const { store, read } = counting();
  await stageIn(store, await stages.reuse("work", plan, made), made, signal);
  const stage = await stages.seal("work", plan, made);
  const tree = await treeOf(made.in);
  await work(made);
  if (stage !== null) await stages.keep(stage);
  return { tree, read, made, stage };
};

/** A group whose members are numbered in the order of their names, as a plan numbers them. */
const groupOf = async (members: Readonly<Record<string, string>>): Promise<StagedFile[]> => {
  const names = Object.keys(members).sort();
  for (const name of names) await put(`${name}.tsv`, members[name] ?? "");
  const files = names.map((name, index) =>
    staged(`volumes/${String(index).padStart(6, "0")}.tsv`, `${name}.tsv`, members[name] ?? ""),
  );
  return [...files, { kind: "text", path: "volumes/index.json", text: JSON.stringify(names) }];
};

test("small and large files and texts are staged; what lost its name comes from the archive", async () => {
  const large = "x".repeat(3 * 2 ** 20);
  await put("small", "small");
  await put("large", large);
  await put("renamed", "something else");
  for (const text of ["of before", `${large}y`]) await objects.put(archiveKey("ds", sha256(text)), Buffer.from(text));
  const plan: StagedFile[] = [
    staged("in/small", "small", "small"),
    staged("in/deeper/large", "large", large),
    staged("renamed", "renamed", "of before"),
    staged("away", "away", `${large}y`),
    staged("empty", "empty", ""),
    { kind: "text", path: "slice.json", text: "{}" },
  ];
  await put("empty", "");
  const made = newFolder();
  await stageIn(objects, plan, made, signal);
  expect(await treeOf(made.in)).toEqual(treeOfPlan(plan));
});

test("a link in the place of an input is never written through", async () => {
  const victim = join(folder, "victim");
  await writeFile(victim, "not ours");
  await put("small", "small");
  await put("large", "x".repeat(3 * 2 ** 20));
  const plan = [
    staged("file", "small", "small"),
    staged("file", "large", "x".repeat(3 * 2 ** 20)),
    { kind: "text", path: "file", text: "{}" } as const,
  ];
  for (const file of plan) {
    const made = newFolder();
    await symlink(victim, join(made.in, "file"));
    await expect(stageIn(objects, [file], made, signal)).rejects.toThrow("EEXIST");
  }
  expect(await readFile(victim, "utf8")).toBe("not ours");
});

test("a folder that somebody else made under the name of an attempt is not used", async () => {
  const made = attemptFolder(scratch, randomUUID());
  await mkdir(made.root, { mode: 0o777 });
  expect(() => makeAttemptFolder(made)).toThrow("EEXIST");
});

test.each([
  ["is gone", "nowhere", "text"],
  ["holds something else of the same size", "other", "abc"],
  ["holds more", "other", "ab"],
  ["is large and gone", "nowhere", "x".repeat(2 ** 20 + 1)],
])("a file that %s is refused by name", async (_what, source, text) => {
  await put("other", "xyz");
  const failing = stageIn(objects, [staged("file", source, text)], newFolder(), signal);
  await expect(failing).rejects.toThrow(InputChanged);
  await expect(failing).rejects.toThrow(`ds/${source}`);
});

test("the second stage of a group fetches the members that changed, wherever the others stand now", async () => {
  const stages = createKeptStages({ minFiles: 1 });
  const members = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`m${index + 10}`, `volume ${index}`]));
  const first = await attempt(stages, await groupOf(members));
  expect(first.read).toHaveLength(50);
  // One comes first, so that every number moves on; one changes; one goes.
  const { m20: _, ...rest } = members;
  const plan = await groupOf({ ...rest, a: "new", m30: "changed" });
  const second = await attempt(stages, plan);
  expect(second.read.sort()).toEqual([datasetKey("ds", "a.tsv"), datasetKey("ds", "m30.tsv")]);
  expect(second.tree).toEqual(treeOfPlan(plan));
  await expect.poll(() => readdir(dirname(second.made.root))).not.toContain(first.made.attempt);
  await stages.close();
  expect(await readdir(dirname(second.made.root))).not.toContain(second.made.attempt);
});

const alterations: Readonly<Record<string, (file: string) => Promise<void>>> = {
  "writes into it and sets its time back": async (file) => {
    await writeFile(file, (await readFile(file)).reverse());
    await utimes(file, 0, 0);
  },
  "appends to it": (file) => appendFile(file, "x"),
  "removes it": (file) => unlink(file),
  "replaces it": async (file) => {
    await writeFile(`${file}.new`, (await readFile(file)).reverse());
    await rename(`${file}.new`, file);
  },
  "puts a link in its place": async (file) => {
    await unlink(file);
    await symlink("/etc/hostname", file);
  },
  "keeps a second name for it": (file) => link(file, `${file}.link`),
  "swaps its folder": async (file) => {
    await rename(dirname(file), `${dirname(file)}.old`);
    await mkdir(dirname(file));
    await writeFile(file, "other");
  },
  "adds a file beside it": (file) => writeFile(`${file}.more`, "more"),
};

test.each(Object.entries(alterations))("a program that %s alters nothing of the next stage", async (_what, alter) => {
  const stages = createKeptStages({ minFiles: 1 });
  const plan = await groupOf({ one: "first", two: "second", three: "third" });
  await attempt(stages, plan, ({ in: inputs }) => alter(join(inputs, "volumes", "000001.tsv")));
  expect((await attempt(stages, plan)).tree).toEqual(treeOfPlan(plan));
  await stages.close();
});

test("whatever changes, and whatever programs do to their inputs, every stage is what its plan says", async () => {
  const stages = createKeptStages({ minFiles: 1 });
  const history = fc.array(
    fc.record({
      members: fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.constantFrom("", "x", "yy", "zz"), {
        minKeys: 1,
        noNullPrototype: true,
      }),
      alter: fc.option(fc.constantFrom(...Object.values(alterations)), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 6 },
  );
  await fc.assert(
    fc.asyncProperty(history, async (steps) => {
      for (const { members, alter } of steps) {
        const plan = await groupOf(members);
        const { tree } = await attempt(stages, plan, async (made) => alter?.(join(made.in, "volumes", "000000.tsv")));
        expect(tree).toEqual(treeOfPlan(plan));
      }
    }),
    { numRuns: 20 },
  );
  await stages.close();
}, 60_000);

test("stages are kept within their bytes and their time", async () => {
  const stages = createKeptStages({ minFiles: 1, maxBytes: 1_000, maxIdleMs: 60_000 });
  const keep = async (work: string, bytes: number) => {
    const plan = await groupOf({ [work]: "x".repeat(bytes) });
    const made = newFolder();
    await stageIn(objects, plan, made, signal);
    const stage = await stages.seal(work, plan, made);
    if (stage !== null) await stages.keep(stage);
    return made.attempt;
  };
  const [first, second] = [await keep("first", 400), await keep("second", 400)];
  expect(stages.attempts()).toEqual(new Set([first, second]));
  const third = await keep("third", 400);
  expect(stages.attempts()).toEqual(new Set([second, third]));
  await keep("too large", 1_001);
  expect(stages.attempts()).toEqual(new Set([second, third]));
  await stages.close();

  const brief = createKeptStages({ minFiles: 1, maxIdleMs: 1 });
  const { made } = await attempt(brief, await groupOf({ one: "first" }));
  await expect.poll(() => readdir(dirname(made.root))).not.toContain(made.attempt);
});
