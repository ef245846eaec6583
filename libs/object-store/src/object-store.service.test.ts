import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Body, type ObjectStore, openObjectStore } from "./index.ts";
import { listed, listedKeys } from "./testing/collect.ts";
import { requireVersitygw, startVersitygw } from "./testing/start-versitygw.ts";

type Place = { readonly url: string; stop(): Promise<void> };

const links = { publicUrl: "http://127.0.0.1:7700", secret: "a secret of the tests" };
const versitygw = await requireVersitygw();

const folderPlace = async (): Promise<Place> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-objects-"));
  return { url: pathToFileURL(folder).href, stop: () => rm(folder, { recursive: true }) };
};

contract("a folder", folderPlace, false);
contract("a bucket of a real S3 server", () => startVersitygw(versitygw ?? ""), versitygw === null);

/** What both adapters promise. */
function contract(name: string, open: () => Promise<Place>, skip: boolean): void {
  describe.skipIf(skip)(`object store in ${name}`, () => {
    let place: Place;
    let store: ObjectStore;
    beforeAll(async () => {
      place = await open();
      store = openObjectStore(place.url, links);
    });
    afterAll(() => place?.stop());

    test("what was put comes back, with its size and hash", async () => {
      const bytes = randomBytes(100_000);
      const stored = await store.put("put/file.nii.gz", bytes);
      expect(stored).toEqual({ size: 100_000, sha256: sha256(bytes) });
      expect(await read(store, "put/file.nii.gz")).toEqual(bytes);
      expect(await store.head("put/file.nii.gz")).toMatchObject({ size: 100_000, modified: expect.any(Date) });
    });

    test("an empty object is an object", async () => {
      expect(await store.put("put/empty", new Uint8Array())).toEqual({ size: 0, sha256: sha256(new Uint8Array()) });
      expect(await store.head("put/empty")).toMatchObject({ size: 0 });
      expect(await read(store, "put/empty")).toHaveLength(0);
    });

    test("a stream larger than several parts comes back whole", async () => {
      const chunk = randomBytes(1_000_003);
      const stored = await store.put("put/large", repeated(chunk, 40));
      expect(stored.size).toBe(40 * chunk.length);
      const hash = createHash("sha256");
      for await (const part of await store.get("put/large")) hash.update(part);
      expect(`sha256:${hash.digest("hex")}`).toBe(stored.sha256);
    });

    test("a second put replaces the first", async () => {
      await store.put("put/twice", Buffer.from("first, and longer"));
      await store.put("put/twice", Buffer.from("second"));
      expect((await read(store, "put/twice")).toString()).toBe("second");
    });

    test.each([
      ["a body that breaks off", breaksOff(), {}],
      ["a large body that breaks off", breaksOff(40), {}],
      ["fewer bytes than promised", Buffer.from("abc"), { size: 4 }],
      ["more bytes than promised", Buffer.from("abc"), { size: 2 }],
      ["endlessly more bytes than promised", repeated(Buffer.alloc(2 ** 20), 2 ** 30), { size: 10 }],
      ["another hash than promised", Buffer.from("abc"), { sha256: sha256(Buffer.from("abd")) }],
      ["a put that was called off", Buffer.from("abc"), { signal: AbortSignal.abort() }],
    ])("%s leaves what was there", async (_name, body: Body, options) => {
      await store.put("put/kept", Buffer.from("before"));
      await expect(store.put("put/kept", body, options)).rejects.toThrow();
      expect((await read(store, "put/kept")).toString()).toBe("before");
      await expect(store.put("put/never", Buffer.from("abc"), { size: 9 })).rejects.toMatchObject({ code: "invalid" });
      expect(await store.head("put/never")).toBeNull();
      expect(await listedKeys(store, "put/never")).toEqual([]);
    });

    test.each([
      ["the beginning", { start: 0, end: 3 }, "0123"],
      ["the middle", { start: 4, end: 5 }, "45"],
      ["one byte", { start: 9, end: 9 }, "9"],
      ["from a place to the end", { start: 7 }, "789"],
      ["more than there is", { start: 8, end: 100 }, "89"],
    ])("a range reads %s", async (_name, range, expected) => {
      await store.put("range/digits", Buffer.from("0123456789"));
      expect(Buffer.concat(await (await store.get("range/digits", { range })).toArray()).toString()).toBe(expected);
    });

    test("a range behind the end is refused", async () => {
      await store.put("range/short", Buffer.from("0123456789"));
      await expect(store.get("range/short", { range: { start: 10 } })).rejects.toMatchObject({ code: "invalid" });
    });

    test("what is not there is not found, by every verb", async () => {
      expect(await store.head("absent/a")).toBeNull();
      await expect(store.get("absent/a")).rejects.toMatchObject({ code: "not-found", subject: "absent/a" });
      await expect(store.copy("absent/a", "absent/b")).rejects.toMatchObject({ code: "not-found" });
      await expect(store.delete(["absent/a", "absent/deep/er"])).resolves.toBeUndefined();
      expect(await listedKeys(store, "absent/")).toEqual([]);
    });

    test("a folder is not an object", async () => {
      await store.put("folder/inside", Buffer.from("x"));
      expect(await store.head("folder")).toBeNull();
      await expect(store.get("folder")).rejects.toMatchObject({ code: "not-found" });
      await store.delete(["folder"]);
      expect(await listedKeys(store, "folder")).toEqual(["folder/inside"]);
    });

    test("a list is in the order of the bytes of whole keys, and takes half a name as prefix", async () => {
      const names = [
        "list/a-b/x",
        "list/a.txt",
        "list/a/b/c",
        "list/a/z",
        "list/ab",
        "list/B",
        "list/ä",
        "list/😀",
        "list/￰",
      ];
      await Promise.all(names.map((key) => store.put(key, Buffer.from(key))));
      expect(await listedKeys(store, "list/")).toEqual(
        [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
      );
      expect(await listedKeys(store, "list/a")).toEqual([
        "list/a-b/x",
        "list/a.txt",
        "list/a/b/c",
        "list/a/z",
        "list/ab",
      ]);
      expect(await listedKeys(store, "list/a/")).toEqual(["list/a/b/c", "list/a/z"]);
      const sizes = await listed(store, "list/a.t");
      expect(sizes).toEqual([{ key: "list/a.txt", size: 10 }]);
    });

    test("a list of more than one page is complete", async () => {
      const names = Array.from({ length: 1_203 }, (_, index) => `pages/${String(index).padStart(5, "0")}`);
      await inBatches(names, (key) => store.put(key, Buffer.from("x")));
      expect(await listedKeys(store, "pages/")).toEqual(names);
      await store.delete(names);
      expect(await listedKeys(store, "pages/")).toEqual([]);
    });

    test("a look at many says what a look at each says", async () => {
      const names = Array.from(
        { length: 900 },
        (_, index) => `datasets/ds/derivatives/heads/${index % 2}${index}/it's a+b`,
      );
      await inBatches(names, (key) => store.put(key, Buffer.from(key)));
      const wanted = [...names.filter((_, index) => index % 3 > 0), "datasets/ds/derivatives/heads/17/absent", "apart"];
      const each = await Promise.all(wanted.map(async (key) => [key, await store.head(key)] as const));
      const there = each.filter(([, head]) => head !== null).sort();
      expect([...(await store.heads(wanted))].sort()).toEqual(there);
      expect(there).toHaveLength(600);
      await store.delete(names);
    });

    test("a copy is independent of its origin", async () => {
      const bytes = randomBytes(1000);
      await store.put("copy/from", bytes);
      const modified = await store.copy("copy/from", "copy/deep/to");
      expect(await store.head("copy/deep/to")).toEqual({ size: 1000, modified });
      await store.delete(["copy/from"]);
      expect(await read(store, "copy/deep/to")).toEqual(bytes);
      expect(await store.copy("copy/deep/to", "copy/deep/to")).toEqual(modified);
      expect(await read(store, "copy/deep/to")).toEqual(bytes);
    });

    test.each([
      "odd/with space & +plus?query#hash%25.txt",
      "odd/sub-01_T1w.nii.gz",
      "odd/ümläut/日本語/😀",
      "odd/'quotes\"<>|*$`~;:@=,!(){}[]^",
      "odd/.hidden/..two dots/...",
      "odd/ leading and trailing ",
      `odd/${"n".repeat(200)}`,
    ])("the odd key %j is kept as it is", async (key) => {
      await store.put(key, Buffer.from(key));
      expect((await read(store, key)).toString()).toBe(key);
      expect(await listedKeys(store, "odd/")).toContain(key);
      await store.copy(key, `${key}.copy`);
      expect(await store.head(`${key}.copy`)).not.toBeNull();
      await store.delete([key, `${key}.copy`]);
      expect(await store.head(key)).toBeNull();
    });

    test.each(["", "/etc/passwd", "a/../b", "..", "a//b", "a/", "a\0b", "a\nb", "a\\b", "./a", "x".repeat(1025)])(
      "the key %j is refused by every verb",
      async (key) => {
        const refused = { code: "invalid" };
        await expect(store.put(key, Buffer.from("x"))).rejects.toMatchObject(refused);
        await expect(store.get(key)).rejects.toMatchObject(refused);
        await expect(store.head(key)).rejects.toMatchObject(refused);
        await expect(store.delete([key])).rejects.toMatchObject(refused);
        await expect(store.copy("copy/deep/to", key)).rejects.toMatchObject(refused);
        await expect(store.copy(key, "copy/x")).rejects.toMatchObject(refused);
        await expect(store.presignGet(key)).rejects.toMatchObject(refused);
        await expect(store.presignPut(key)).rejects.toMatchObject(refused);
      },
    );

    test("many writers of one key leave one whole body", async () => {
      const bodies = Array.from({ length: 12 }, () => randomBytes(50_000));
      await Promise.all(bodies.map((body) => store.put("race/key", body)));
      const winner = await read(store, "race/key");
      expect(bodies.some((body) => body.equals(winner))).toBe(true);
    });

    test("puts and deletes of neighbours do not disturb each other", async () => {
      const one = async (name: string) => {
        for (let round = 0; round < 20; round++) {
          await store.put(`neighbours/deep/er/${name}`, Buffer.from(name));
          await store.delete([`neighbours/deep/er/${name}`]);
        }
        await store.put(`neighbours/deep/er/${name}`, Buffer.from(name));
      };
      await Promise.all(["a", "b", "c"].map(one));
      expect(await listedKeys(store, "neighbours/")).toEqual(
        ["a", "b", "c"].map((name) => `neighbours/deep/er/${name}`),
      );
    });
  });
}

const sha256 = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

const read = async (store: ObjectStore, key: string): Promise<Buffer> =>
  Buffer.concat(await (await store.get(key)).toArray());

async function* repeated(chunk: Uint8Array, times: number): AsyncGenerator<Uint8Array> {
  for (let time = 0; time < times; time++) yield chunk;
}

async function* breaksOff(megabytes = 0): AsyncGenerator<Uint8Array> {
  yield Buffer.from("half of ");
  yield* repeated(Buffer.alloc(2 ** 20), megabytes);
  throw new Error("the connection broke");
}

const inBatches = async (names: readonly string[], work: (name: string) => Promise<unknown>): Promise<void> => {
  for (let at = 0; at < names.length; at += 50) await Promise.all(names.slice(at, at + 50).map(work));
};
