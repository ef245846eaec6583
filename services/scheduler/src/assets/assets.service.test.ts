import { text } from "node:stream/consumers";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { type AssetVersion, schedulerRoutes, type TaskStatus } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { insertGrant } from "@rollerblade/service-kit/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAsset, putContent } from "../testing/create-asset.ts";
import { createShellAnalysis, type SchedulerWorld, sha256Of, startSchedulerWorld } from "../testing/scheduler-world.ts";

let world: SchedulerWorld;

beforeAll(async () => {
  world = await startSchedulerWorld();
  await world.start();
});
afterAll(() => world.stop());

const create = (name: string, version: string, files: Readonly<Record<string, string>>) =>
  createAsset(world, name, version, files);

/** An analysis that writes what it finds of its asset, and where. */
const createReader = (name: string, version: string, assets: string) =>
  createShellAnalysis(world, {
    ...{ name, version },
    script: "(cd $ROLLERBLADE_IN/assets/files && find . -type f | sort | xargs cat) > $ROLLERBLADE_OUT/copy.nii.gz\n",
    manifest: `assets: ${assets}\nresources: {cpu: 100m, memory: 64Mi, timeout: 20s}\nretry: {attempts: 1}`,
  });

const read = async (analysis: string, version: string, subject: string, owner?: string): Promise<TaskStatus> => {
  const slice = await world.scan("heads", subject, `head of ${subject}`);
  const run = await world.request(analysis, [slice], { version, ...(owner !== undefined && { owner }) });
  const [task] = await world.finished(run, 1);
  return task ?? expect.fail("There is no task.");
};

const outputOf = async ({ slice, version }: TaskStatus, analysis: string): Promise<string> => {
  const stem = `derivatives/${analysis}-${version}/sub-${slice.subject}/anat/sub-${slice.subject}_desc-${analysis}_T1w.nii.gz`;
  return text(await world.objects.get(datasetKey("heads", stem)));
};

/** Code and message of the problem that a request ends with. */
const refused = (request: Promise<unknown>) =>
  request.then(
    () => expect.fail("It was not refused."),
    (error: unknown) => {
      const { code, message } = Problem.from(error);
      return `${code}: ${message}`;
    },
  );

test("an asset is sent once, and its versions never change", async () => {
  const first = await create("weights", "1.0.0", { "a.bin": "aaa", "deep/b.bin": "bb", "again.bin": "aaa" });
  expect(first).toMatchObject({ files: 3, bytes: 8, created: true, description: "of a test" });
  expect(await world.keys("assets/weights")).toHaveLength(2);
  const again = await create("weights", "1.0.0", { "a.bin": "aaa", "deep/b.bin": "bb", "again.bin": "aaa" });
  expect(again).toEqual({ ...first, created: false });
  expect(await refused(create("weights", "1.0.0", { "a.bin": "other" }))).toBe(
    "conflict: The asset weights 1.0.0 exists already, and its files differ.",
  );
  const next = await create("weights", "1.1.0", { "a.bin": "aaa" });
  expect(next.sha256).not.toBe(first.sha256);
  const { items } = await world.client().call(schedulerRoutes.listAssets, { query: { name: "weights" } });
  expect(items.map(({ version }) => version)).toEqual(["1.1.0", "1.0.0"]);
  const shown = await world.client().call(schedulerRoutes.showAsset, { params: { name: "weights", version: "1.0.0" } });
  expect(shown.list.map(({ path }) => path)).toEqual(["a.bin", "again.bin", "deep/b.bin"]);
});

test.each([
  ["a path that leads out of it", "1.0.0", "../a", /cannot be created: \.\.\/a: /],
  ["a version that is none", "latest", "a", /"latest" is not a full version/],
])("%s is refused", async (_, version, path, message) => {
  const body = { name: "bad", version, files: [{ path, size: 1, sha256: sha256Of("x") }] };
  expect(await refused(world.client().call(schedulerRoutes.createAsset, { body }))).toMatch(message);
});

test("only an announced content is taken, and only the very bytes", async () => {
  const files = [{ path: "a", size: 4, sha256: sha256Of("good") }];
  const body = { name: "sent", version: "1.0.0", files };
  const announce = () => world.client().call(schedulerRoutes.createAsset, { body });
  expect(await announce()).toMatchObject({ asset: null, missing: [{ size: 4 }] });
  expect(await refused(putContent(world, "sent", sha256Of("none"), "none"))).toMatch(/^not-found: /);
  expect(await refused(putContent(world, "sent", sha256Of("good"), "evil"))).toMatch(/^invalid: /);
  expect(await announce()).toMatchObject({ asset: null });
  const listed = await world.client().call(schedulerRoutes.listAssets, { query: { name: "sent" } });
  expect(listed.items).toEqual([]);
  await putContent(world, "sent", sha256Of("good"), "good");
  expect(await announce()).toMatchObject({ asset: { bytes: 4 }, created: true });
});

test("an analysis finds its asset, whose content is part of the key", async () => {
  await create("maps", "1.0.0", { "one.txt": "one ", "two/two.txt": "two" });
  await createReader("reader", "1.0.0", "{files: maps@1.0.0}");
  const task = await read("reader", "1.0.0", "01");
  expect(task).toMatchObject({ outcome: "ran" });
  expect(await outputOf(task, "reader")).toBe("one two");
  // The same content under another name is the same work, other content is not.
  await create("atlas", "7.0.0", { "one.txt": "one ", "two/two.txt": "two" });
  await createReader("reader", "2.0.0", "{files: {asset: atlas, version: 7.0.0}}");
  const renamed = await read("reader", "2.0.0", "01");
  expect([renamed.outcome, renamed.key]).toEqual(["cached", task.key]);
  await create("maps", "1.0.1", { "one.txt": "uno ", "two/two.txt": "two" });
  await createReader("reader", "3.0.0", "{files: maps@1.0.1}");
  const changed = await read("reader", "3.0.0", "01");
  expect(changed).toMatchObject({ outcome: "ran" });
  expect(await outputOf(changed, "reader")).toBe("uno two");
});

test("a version that is not there, or holds something else than the author wrote down, makes no analysis", async () => {
  const { sha256 }: AssetVersion = await create("pinned", "1.0.0", { a: "a" });
  await createReader("pins", "1.0.0", `{files: {asset: pinned, version: 1.0.0, sha256: "${sha256}"}}`);
  const other = sha256.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
  const wrong = createReader("pins", "1.0.1", `{files: {asset: pinned, version: 1.0.0, sha256: "${other}"}}`);
  expect(await refused(wrong)).toContain(`conflict: The asset pinned 1.0.0 holds ${sha256}`);
  expect(await refused(createReader("pins", "1.0.1", "{files: pinned@9.0.0}"))).toBe(
    "not-found: There is no asset pinned 9.0.0.",
  );
});

test("who may run an analysis needs the right to its asset, too", async () => {
  await create("licence", "1.0.0", { "license.txt": "secret" });
  await createReader("licensed", "1.0.0", "{files: licence@1.0.0}");
  const grant = (kind: "dataset" | "analysis" | "asset", resource: string, role: string) =>
    insertGrant(world.sql, { principal: "eve", token: null, on: { kind, resource, role } });
  await grant("analysis", "licensed", "runner");
  await grant("dataset", "heads", "contributor");
  await grant("asset", "licence", "viewer");
  expect(await read("licensed", "1.0.0", "02", "eve")).toMatchObject({
    outcome: "failed",
    reason: "eve may not use the asset licence, which licensed needs",
  });
  await grant("asset", "licence", "runner");
  expect(await read("licensed", "1.0.0", "03", "eve")).toMatchObject({ outcome: "ran" });
});

test("what is used is deleted by force alone; then it is gone with its contents, and attempts say so", async () => {
  await create("old", "1.0.0", { a: "shared", b: "only of the first" });
  await create("old", "2.0.0", { a: "shared" });
  await createReader("uses-old", "1.0.0", "{files: old@1.0.0}");
  const remove = (version: string, force: "true" | "false") =>
    world.client().call(schedulerRoutes.deleteAsset, { params: { name: "old", version }, query: { force } });
  expect(await refused(remove("1.0.0", "false"))).toBe("conflict: 1 version of analyses uses the asset old 1.0.0.");
  await remove("1.0.0", "true");
  expect(await world.keys("assets/old")).toEqual([sha256Of("shared").slice("sha256:".length)]);
  expect(await read("uses-old", "1.0.0", "04")).toMatchObject({
    outcome: "failed",
    reason: expect.stringContaining("The asset old 1.0.0 is gone"),
  });
  await remove("2.0.0", "false");
  expect(await world.keys("assets/old")).toEqual([]);
  expect(await refused(remove("2.0.0", "false"))).toBe("not-found: There is no asset old 2.0.0.");
});
