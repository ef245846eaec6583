import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ObjectStore } from "../object-store.ts";
import { listedKeys } from "../testing/collect.ts";
import { folderStore } from "./folder-store.ts";

let base: string;
let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "rollerblade-folder-")));
  folder = join(base, "objects");
  store = folderStore({ folder, publicUrl: "http://127.0.0.1", secret: "x" });
  await writeFile(join(base, "secret"), "outside");
  await store.put("a/file", Buffer.from("inside"));
});
afterEach(() => rm(base, { recursive: true, force: true }));

test("a link to a file is not an object, wherever it leads", async () => {
  await symlink(join(base, "secret"), join(folder, "a", "out"));
  await symlink("file", join(folder, "a", "in"));
  for (const key of ["a/out", "a/in"]) {
    expect(await store.head(key)).toBeNull();
    await expect(store.get(key)).rejects.toMatchObject({ code: "not-found" });
    await expect(store.copy(key, "a/copy")).rejects.toMatchObject({ code: "not-found" });
  }
  expect(await listedKeys(store, "")).toEqual(["a/file"]);
});

test("putting over a link replaces the link, not what it points to", async () => {
  await symlink(join(base, "secret"), join(folder, "a", "out"));
  await store.put("a/out", Buffer.from("new"));
  expect(await readFile(join(base, "secret"), "utf8")).toBe("outside");
  expect(await readFile(join(folder, "a", "out"), "utf8")).toBe("new");
});

test("a folder that is a link is not entered by any verb", async () => {
  await symlink(base, join(folder, "link"));
  await expect(store.get("link/secret")).rejects.toMatchObject({ code: "conflict" });
  await expect(store.put("link/secret", Buffer.from("x"))).rejects.toMatchObject({ code: "conflict" });
  await expect(store.put("link/new/er", Buffer.from("x"))).rejects.toMatchObject({ code: "conflict" });
  await expect(store.delete(["link/secret"])).rejects.toMatchObject({ code: "conflict" });
  expect(await listedKeys(store, "link/")).toEqual([]);
  expect(await readFile(join(base, "secret"), "utf8")).toBe("outside");
});

test("a named pipe neither blocks nor is an object", async () => {
  execFileSync("mkfifo", [join(folder, "a", "pipe")]);
  expect(await store.head("a/pipe")).toBeNull();
});

test("a name of which the beginning is a file is refused, and so is a file in the place of a folder", async () => {
  await expect(store.put("a/file/below", Buffer.from("x"))).rejects.toMatchObject({ code: "conflict" });
  await expect(store.put("a", Buffer.from("x"))).rejects.toMatchObject({ code: "conflict" });
  expect(await readdir(join(folder, ".temporary"))).toEqual([]);
});

test("a put that fails leaves no temporary file", async () => {
  const broken = async function* () {
    yield Buffer.alloc(100_000);
    throw new Error("the disk is full");
  };
  await expect(store.put("a/broken", broken())).rejects.toMatchObject({ code: "unavailable" });
  expect(await readdir(join(folder, ".temporary"))).toEqual([]);
});

test("what a killed process left half-written is dropped after a day, and is never listed", async () => {
  const [old, recent] = ["old", "recent"].map((name) => join(folder, ".temporary", name));
  await Promise.all([writeFile(old ?? "", ""), writeFile(recent ?? "", "")]);
  await utimes(old ?? "", 0, 0);
  expect(await listedKeys(store, "")).toEqual(["a/file"]);
  const moved = join(base, "moved");
  execFileSync("mv", [folder, moved]);
  await folderStore({ folder: moved, publicUrl: "", secret: "x" }).put("b", Buffer.from("x"));
  expect(await readdir(join(moved, ".temporary"))).toEqual(["recent"]);
});

test("the store's own folder is not a place for objects", async () => {
  await expect(store.put(".temporary/x", Buffer.from("x"))).rejects.toMatchObject({ code: "invalid" });
});

test("deleting the last file takes the empty folders with it, and never the root", async () => {
  await store.delete(["a/file"]);
  expect(await readdir(folder)).toEqual([".temporary"]);
  await mkdir(join(folder, "kept", "empty"), { recursive: true });
  await store.delete(["kept/empty"]);
  expect(await readdir(join(folder, "kept"))).toEqual(["empty"]);
});
