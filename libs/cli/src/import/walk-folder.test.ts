import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hashFile } from "./hash-file.ts";
import { readDataset } from "./read-dataset.ts";
import { walkFolder } from "./walk-folder.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "walk-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const put = (path: string, text = ""): void => {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), text);
};
const walk = () => walkFolder(root, () => true);

describe("walking a folder", () => {
  test("lists files bytewise by path, with their sizes", async () => {
    put("b/x", "123");
    put("B", "1");
    put("b-c");
    const { files, findings } = await walk();
    expect(files.map(({ path, size }) => [path, size])).toEqual([
      ["B", 1],
      ["b-c", 0],
      ["b/x", 3],
    ]);
    expect(findings).toEqual([]);
  });

  test("follows links inside the dataset, and names those that lead elsewhere", async () => {
    put("annex/data", "1");
    mkdirSync(join(root, "sub"));
    symlinkSync("../annex/data", join(root, "sub/inside"));
    symlinkSync("../..", join(root, "sub/above"));
    symlinkSync(".", join(root, "sub/circle"));
    symlinkSync("/etc/passwd", join(root, "sub/outside"));
    symlinkSync("nothing", join(root, "sub/broken"));
    const { files, findings } = await walk();
    expect(files.map(({ path }) => path)).toEqual(["annex/data", "sub/inside"]);
    expect(findings.map(({ where, message }) => [where, message.slice(0, 29)])).toEqual([
      ["sub/above", "is a link that leads out of t"],
      ["sub/broken", "is a link that leads nowhere "],
      ["sub/circle", "is a link that leads back to "],
      ["sub/outside", "is a link that leads out of t"],
    ]);
  });

  test("names what is no file and what no store can hold", async () => {
    execFileSync("mkfifo", [join(root, "pipe")]);
    put("line\nbreak");
    put("back\\slash");
    writeFileSync(Buffer.concat([Buffer.from(`${root}/latin-`), Buffer.from([0xe9])]), "");
    const { files, findings } = await walk();
    expect(files).toEqual([]);
    expect(findings.map(({ message }) => message)).toEqual([
      "the path holds a backslash",
      "the name is not UTF-8",
      "the path holds a control character",
      "is neither a file nor a folder",
    ]);
  });

  test("takes names in any script", async () => {
    put("code/脳🧠.txt");
    expect((await walk()).files.map(({ path }) => path)).toEqual(["code/脳🧠.txt"]);
  });
});

describe("a dataset on disk", () => {
  test("leaves out what BIDS ignores, counts it, and does not look into such folders", async () => {
    put("dataset_description.json", '{"Name": "x", "BIDSVersion": "1.11.1"}');
    put(".bidsignore", "*.log\n");
    put("a.log");
    put(".git/objects/x");
    put("derivatives/p/sub-01/x");
    put("sourcedata/x.dcm");
    put("code/run.sh");
    const { files, skipped, findings } = await readDataset(root);
    expect(files.map(({ path }) => path)).toEqual([".bidsignore", "code/run.sh", "dataset_description.json"]);
    expect(skipped).toEqual({ bidsignore: 1, hidden: 1, derivatives: 1, sourcedata: 1 });
    expect(findings).toEqual([]);
  });

  test("without a description is none", async () => {
    put("sub-01/anat/sub-01_T1w.nii.gz");
    expect((await readDataset(root)).findings.map(({ where }) => where)).toEqual(["dataset_description.json"]);
  });

  test("that does not exist is said so", async () => {
    await expect(readDataset(join(root, "no"))).rejects.toThrow("There is no folder");
  });
});

test("a file that changed since it was listed is noticed", async () => {
  put("x", "abc");
  const file = { path: "x", location: join(root, "x"), size: 3 };
  expect(await hashFile(file)).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  put("x", "abcd");
  await expect(hashFile(file)).rejects.toThrow("x changed while it was read");
});
