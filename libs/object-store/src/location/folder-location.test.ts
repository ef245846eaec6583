import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { folderLocation } from "./folder-location.ts";
import type { FollowedLinks } from "./list-folder.ts";
import type { PlacedFile, Unreadable } from "./location.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "location-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, content = ""): void => {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), content);
};
const place = (links: FollowedLinks = "inside") => folderLocation(pathToFileURL(root).href, links);
const listed = async (links: FollowedLinks = "inside") => {
  const [files, faults, closed]: [PlacedFile[], Unreadable[], string[]] = [[], [], []];
  for await (const page of place(links).list({ top: ["sourcedata"], hidden: true })) {
    files.push(...page.files);
    faults.push(...page.faults);
    closed.push(...page.closed);
  }
  return { files, faults, closed };
};
const inspect = (...paths: string[]) => place().inspect(paths.map((path) => ({ path, size: 100, keep: 4 })));

describe("listing a folder", () => {
  test("names files in byte order of path, with their sizes", async () => {
    put("b/x", "123");
    put("B", "1");
    put("b-c");
    put("脳🧠.txt");
    const { files, faults } = await listed();
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ["B", 1],
      ["b-c", 0],
      ["b/x", 3],
      ["脳🧠.txt", 0],
    ]);
    expect(faults).toEqual([]);
  });

  test("does not look into closed folders", async () => {
    put(".git/objects/x");
    put("sourcedata/x.dcm");
    put("a/.cache/x");
    put("a/y");
    const { files, closed } = await listed();
    expect([files.map(({ path }) => path), closed.sort()]).toEqual([["a/y"], [".git", "a/.cache", "sourcedata"]]);
  });

  test("follows links inside the folder, and names those that lead elsewhere", async () => {
    put("annex/data", "1");
    mkdirSync(join(root, "sub"));
    symlinkSync("../annex/data", join(root, "sub/inside"));
    symlinkSync("../..", join(root, "sub/above"));
    symlinkSync(".", join(root, "sub/circle"));
    symlinkSync("/etc/passwd", join(root, "sub/outside"));
    symlinkSync("nothing", join(root, "sub/broken"));
    symlinkSync("loop", join(root, "sub/loop"));
    const { files, faults } = await listed();
    expect(files.map(({ path }) => path)).toEqual(["annex/data", "sub/inside"]);
    expect(faults.map(({ path, message }) => [path, message.slice(0, 29)])).toEqual([
      ["sub/above", "is a link that leads out of t"],
      ["sub/broken", "is a link that leads nowhere "],
      ["sub/circle", "is a link that leads back to "],
      ["sub/loop", "is a link that leads nowhere "],
      ["sub/outside", "is a link that leads out of t"],
    ]);
  });

  test("follows links that lead out where a person asks for it, and a link to a closed folder is closed", async () => {
    const outside = mkdtempSync(join(tmpdir(), "location-outside-"));
    try {
      writeFileSync(join(outside, "x"), "1");
      symlinkSync(outside, join(root, "sub-01"));
      symlinkSync(outside, join(root, "sourcedata"));
      symlinkSync(join(outside, "x"), join(root, "y"));
      symlinkSync("/", join(root, "z"));
      const { files, faults, closed } = await listed("anywhere");
      expect([files.map(({ path }) => path), closed]).toEqual([["sub-01/x", "y"], ["sourcedata"]]);
      expect(faults).toMatchObject([{ path: "z", message: "is a link that leads back to a folder above it" }]);
      const read = await place("anywhere").inspect([
        { path: "sub-01/x", size: 1, keep: 1 },
        { path: "y", size: 1, keep: 1 },
      ]);
      expect(read).toMatchObject([{ size: 1 }, { size: 1 }]);
      expect(await text(await place("anywhere").get("sub-01/x"))).toBe("1");
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  test("links that multiply are followed a few levels deep only", async () => {
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef"].map((pair) => [...pair])) {
      mkdirSync(join(root, from ?? ""), { recursive: true });
      mkdirSync(join(root, to ?? ""), { recursive: true });
      for (let at = 0; at < 10; at++) symlinkSync(`../${to}`, join(root, from ?? "", String(at)));
    }
    const { faults } = await listed();
    expect(faults.length).toBeLessThan(5 * 10 ** 3);
    expect(faults[0]?.message).toBe("is a link to a folder behind 2 others; it is not followed");
  });

  test("names what is not a file and what no store can hold", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    put("line\nbreak");
    put("back\\slash");
    writeFileSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.from([0xe9])]), "");
    const { files, faults } = await listed();
    expect(files).toEqual([]);
    expect(faults.map(({ message }) => message)).toEqual([
      "has a backslash",
      "the name is not UTF-8",
      "has a control character",
      "is neither a file nor a folder",
    ]);
  });

  test("says of which folder it cannot tell what is in it", async () => {
    put("shut/x");
    chmodSync(root, 0o755);
    chmodSync(join(root, "shut"), 0);
    // Nothing is closed to root.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    const { faults } = await listed().finally(() => {
      if (isRoot) process.seteuid?.(0);
    });
    chmodSync(join(root, "shut"), 0o700);
    expect(faults).toMatchObject([{ path: "shut", unknown: true }]);
  });

  test("that is not there is a problem", async () => {
    rmSync(root, { recursive: true });
    await expect(listed()).rejects.toThrow("There is no folder");
    mkdirSync(root);
  });
});

describe("reading files of a folder", () => {
  test("tells hash, size and first bytes, in order", async () => {
    put("a", "abcdef");
    put("b/c", "");
    const read = await inspect("b/c", "a");
    expect(read).toMatchObject([
      { size: 0, sha256: `sha256:${createHash("sha256").digest("hex")}` },
      {
        size: 6,
        sha256: `sha256:${createHash("sha256").update("abcdef").digest("hex")}`,
        head: new Uint8Array(Buffer.from("abcd")),
      },
    ]);
  });

  test("reads not many bytes more than a file was declared to have", async () => {
    put("grows", "x".repeat(5 * 2 ** 20));
    const [one] = await inspect("grows");
    expect(one).toMatchObject({ version: null });
    expect(one !== undefined && "size" in one ? one.size : 0).toBeLessThanOrEqual(2 ** 20);
  });

  test("never leaves the folder", async () => {
    symlinkSync("/etc/passwd", join(root, "outside"));
    symlinkSync("/etc", join(root, "folder"));
    expect(await inspect("outside", "folder/passwd", "missing")).toMatchObject([
      { fault: expect.stringContaining("leads out") },
      { fault: expect.stringContaining("link") },
      { missing: true },
    ]);
    await expect(place().get("outside")).rejects.toThrow("There is no object");
  });

  test("streams a part", async () => {
    put("a", "abcdef");
    expect(await text(await place().get("a", { range: { start: 2, end: 3 } }))).toBe("cd");
  });
});
