import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { datasetKey } from "@rollerblade/abids/bucket-layout";
import { catalogRoutes } from "@rollerblade/client";
import { madeImage } from "@rollerblade/pictures/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CatalogWorld, startCatalogWorld } from "./testing/catalog-world.ts";

let world: CatalogWorld;
const quickly = { timeout: 15_000, interval: 50 };

beforeAll(async () => {
  world = await startCatalogWorld();
  await world.grant("ada", "brains", "owner");
  await world.grant("eve", "other", "owner");
});
afterAll(() => world.stop());

const pathOf = (subject: string): string => `sub-${subject}/anat/sub-${subject}_T1w.nii.gz`;

/** The head of a person, which differs from that of the next one. */
const headOf = (brightness: number): Buffer =>
  gzipSync(madeImage({ dims: [12, 14, 10], datatype: 4, value: ([x, y, z]) => brightness + x * y + z * z }));

const upload = async (subject: string, content: Uint8Array): Promise<string> => {
  const path = pathOf(subject);
  const files = [await world.put("brains", path, content)];
  await world.publish("scan.uploaded", { dataset: "brains", path, files, uploader: "ada" });
  const hash = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  const known = async () =>
    (await world.as("ada").call(catalogRoutes.listFiles, { query: { dataset: "brains", prefix: path } })).items;
  await expect.poll(known, quickly).toMatchObject([{ sha256: hash }]);
  return path;
};

const ask = (path: string, who = "ada", dataset = "brains", init: RequestInit = {}) =>
  world.as(who).raw(`/v1/files/picture?${new URLSearchParams({ dataset, path })}`, init);

const kept = async (): Promise<number> => {
  const [row] = await world.sql<{ count: number }[]>`select count(*)::int as count from catalog.pictures`;
  return row?.count ?? 0;
};

test("a picture of an image is made once, and whoever has it is told that it is the same", async () => {
  const path = await upload("01", headOf(1));
  const answers = await Promise.all([ask(path), ask(path), ask(path)]);
  const pictures = await Promise.all(answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())));
  expect(answers[0]?.headers.get("content-type")).toBe("image/webp");
  expect(pictures[0]?.toString("latin1", 8, 12)).toBe("WEBP");
  expect(pictures[1]).toEqual(pictures[0]);
  expect(await kept()).toBe(1);
  await world.sql`update catalog.pictures set webp = ${Buffer.from("kept")}`;
  expect(await (await ask(path)).text()).toBe("kept");
  const etag = answers[0]?.headers.get("etag") ?? "";
  expect((await ask(path, "ada", "brains", { headers: { "if-none-match": etag } })).status).toBe(304);
});

test("who may not read the dataset gets the answer of a dataset that does not exist", async () => {
  const problem = async (dataset: string) => {
    const { message, ...rest } = await ask(pathOf("01"), "eve", dataset).then(
      () => expect.unreachable(),
      (error: unknown) => Object.assign({ message: "" }, error),
    );
    return { ...rest, stack: "", message: message.replaceAll(dataset, "NAME"), subject: "" };
  };
  expect(await problem("brains")).toMatchObject({ code: "not-found" });
  expect(await problem("brains")).toEqual(await problem("nothing"));
});

test("what has no picture has a reason, which is found out once", async () => {
  const path = await upload("02", gzipSync(madeImage({ dims: [4, 4, 4], datatype: 1 })));
  const refusal = { code: "not-found", message: expect.stringContaining("Voxels of the type binary are not drawn.") };
  await expect(ask(path)).rejects.toMatchObject(refusal);
  const before = await kept();
  await expect(ask(path)).rejects.toMatchObject(refusal);
  expect(await kept()).toBe(before);
  const table = await world.put("brains", "participants.tsv", "participant_id\nsub-01\n", "metadata");
  await world.publish("metadata.uploaded", { dataset: "brains", files: [table], uploader: "ada", removed: [] });
  const files = async () =>
    (await world.as("ada").call(catalogRoutes.listFiles, { query: { dataset: "brains", prefix: "part" } })).items;
  await expect.poll(files, quickly).toHaveLength(1);
  await expect(ask("participants.tsv")).rejects.toMatchObject({
    message: expect.stringContaining("Pictures are made of NIfTI images"),
  });
});

test("while the bytes are not those that the catalog knows, no picture is kept under their hash", async () => {
  const path = await upload("03", headOf(3));
  await world.objects.put(datasetKey("brains", path), headOf(33));
  const before = await kept();
  await expect(ask(path)).rejects.toMatchObject({ code: "unavailable", message: `${path} is being replaced.` });
  expect(await kept()).toBe(before);
});

test("the picture goes with what it shows: replaced, or deleted with its person", async () => {
  const path = await upload("04", headOf(4));
  await ask(path);
  const before = await kept();
  await upload("04", headOf(44));
  expect(await kept()).toBe(before - 1);
  await ask(path);
  expect(await kept()).toBe(before);
  await world.as("ada").call(catalogRoutes.deleteSubject, { params: { dataset: "brains", subject: "04" } });
  expect(await kept()).toBe(before - 1);
  await world.as("ada").call(catalogRoutes.deleteDataset, { params: { dataset: "brains" } });
  expect(await kept()).toBe(0);
});
