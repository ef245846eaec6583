import { createHash } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DownloadFile } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type DownloadOptions, downloadFiles } from "./download-files.ts";
import { ownFolder } from "./target-folder.ts";

let world: string;
let directory: string;
let server: Server;
let url: string;
let asked: string[];

beforeEach(async () => {
  world = mkdtempSync(join(tmpdir(), "download-"));
  directory = join(world, "to");
  asked = [];
  server = createServer((request, response) => {
    const whole = `bytes of ${request.url}`;
    const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    asked.push(`${request.url}${from > 0 ? `@${from}` : ""}`);
    response.statusCode =
      request.url === "/gone" ? 404 : request.url?.startsWith("/expired") ? 403 : from > 0 ? 206 : 200;
    response.end(whole.slice(from));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterEach(() => {
  server.close();
  rmSync(world, { recursive: true });
});

const hashOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const file = (path: string, link: string, promised = `bytes of ${link}`): DownloadFile => ({
  dataset: "d",
  path,
  size: promised.length,
  sha256: hashOf(promised),
  url: `${url}${link}`,
  content: null,
});
const text = (path: string, content: string): DownloadFile => ({
  ...{ dataset: "d", path, size: content.length, sha256: null, url: null, content },
});
const download = (files: readonly DownloadFile[], options: Partial<DownloadOptions> = {}) =>
  downloadFiles({
    directory,
    files: (async function* () {
      yield* files;
    })(),
    ...options,
  });

test("a link whose time is over is asked for again, and a download that was cut short goes on with the new one", async () => {
  const promised = "bytes of /fresh";
  const renew = async (old: DownloadFile) => ({ ...old, url: `${url}/fresh` });
  const report = await download([file("a", "/expired", promised)], { renew });
  expect(report).toMatchObject({ fetched: 1, bytes: promised.length });
  expect(read("a")).toBe(promised);
  expect(asked).toEqual(["/expired", "/fresh"]);
});

test("a new link that is refused, too, ends the download, and so does who may not read it any more", async () => {
  const refusing = async (old: DownloadFile) => ({ ...old, url: `${url}/expired-again` });
  await expect(download([file("a", "/expired")], { renew: refusing })).rejects.toMatchObject({
    message: "The link was answered with 403.",
  });
  expect(asked).toEqual(["/expired", "/expired-again"]);
  const revoked = new Problem({ code: "not-found", message: 'There is no dataset "d".' });
  const asking = download([file("b", "/expired")], { renew: () => Promise.reject(revoked) });
  await expect(asking).rejects.toBe(revoked);
});

test("bytes that are not text come as base64", async () => {
  const bytes = Buffer.from("participant_id\tsite\nsub-01\tKöln\n", "latin1");
  const sha256 = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  await download([{ ...text("p.tsv", bytes.toString("base64")), size: bytes.length, sha256, encoding: "base64" }]);
  expect(readFileSync(join(directory, "p.tsv"))).toEqual(bytes);
});

const read = (path: string): string => readFileSync(join(directory, path), "utf8");
const write = (path: string, content: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
};
const problemOf = async (work: Promise<unknown>): Promise<Problem> => {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof Problem) return thrown;
  throw new Error(`expected a problem, not ${String(thrown)}`);
};

describe("fetching", () => {
  test("files come with their folders, by link or by text, and a second time nothing is fetched", async () => {
    const files = [file("a/b.nii", "/1"), file("c.nii", "/2"), file("c.nii", "/2"), text("t.tsv", "x")] as const;
    expect(await download(files)).toEqual({ fetched: 3, linked: 0, kept: 0, bytes: 23, stale: [] });
    expect([read("a/b.nii"), read("c.nii"), read("t.tsv")]).toEqual(["bytes of /1", "bytes of /2", "x"]);
    expect(asked.sort()).toEqual(["/1", "/2"]);
    expect(await download(files)).toMatchObject({ fetched: 0, kept: 3, bytes: 0 });
    expect(asked).toHaveLength(2);
    expect(readdirSync(join(directory, ownFolder)).sort()).toEqual(["written.jsonl"]);
  });

  test("an empty file is a file", async () => {
    await download([{ ...file("empty.tsv", "/1", ""), content: "", url: null }]);
    expect(read("empty.tsv")).toBe("");
  });

  test("what was half fetched is gone on with, and nothing lies under its name before it is whole", async () => {
    await download([file("c.nii", "/2", "what was promised")]).catch(() => {});
    expect(existsSync(join(directory, "c.nii"))).toBe(false);
    const sha256 = file("c.nii", "/2").sha256;
    const part = createHash("sha256").update(`${sha256} c.nii`).digest("hex");
    write(join(directory, ownFolder, "parts", part), "bytes");
    asked = [];
    expect(await download([file("c.nii", "/2")])).toMatchObject({ fetched: 1, bytes: 6 });
    expect([asked, read("c.nii")]).toEqual([["/2@5"], "bytes of /2"]);
  });

  test("what was half fetched of other bytes is fetched anew", async () => {
    const part = createHash("sha256")
      .update(`${file("c.nii", "/2").sha256} c.nii`)
      .digest("hex");
    write(join(directory, ownFolder, "parts", part), "BYTES");
    await download([file("c.nii", "/2")]);
    expect([asked, read("c.nii")]).toEqual([["/2@5", "/2"], "bytes of /2"]);
  });

  test("a half that is a link into a bucket is not written to", async () => {
    const part = createHash("sha256")
      .update(`${file("c.nii", "/2").sha256} c.nii`)
      .digest("hex");
    write(join(world, "bucket.nii"), "bytes");
    mkdirSync(join(directory, ownFolder, "parts"), { recursive: true });
    linkSync(join(world, "bucket.nii"), join(directory, ownFolder, "parts", part));
    await download([file("c.nii", "/2")]);
    expect([read("c.nii"), readFileSync(join(world, "bucket.nii"), "utf8")]).toEqual(["bytes of /2", "bytes"]);
  });

  test("other bytes than promised are no file", async () => {
    await expect(download([file("c.nii", "/2", "what was promised")])).rejects.toThrow("The bytes received");
    expect(readdirSync(directory)).toEqual([ownFolder]);
  });

  test("a link that leads nowhere is reported", async () => {
    await expect(download([file("c.nii", "/gone")])).rejects.toThrow("404");
  });
});

describe("a folder with files", () => {
  test("what a download wrote is replaced by a newer version", async () => {
    await download([file("c.nii", "/1"), text("t.tsv", "old")]);
    await download([file("c.nii", "/2"), text("t.tsv", "new")]);
    expect([read("c.nii"), read("t.tsv")]).toEqual(["bytes of /2", "new"]);
  });

  test.each([
    ["somebody else's", ["c.nii", "mine"]],
    ["changed after the download", ["a.nii", "mine"]],
    ["somebody else's where the hash is not known beforehand", ["t.tsv", "mine"]],
  ] as const)("a file that is %s is left alone, and the rest comes", async (_, [path, content]) => {
    await download([file("a.nii", "/1")]);
    write(join(directory, path), content);
    const all = [file("c.nii", "/2"), file("a.nii", "/3"), text("t.tsv", "theirs"), file("d.nii", "/4")];
    const problem = await problemOf(download(all));
    expect([problem.code, problem.findings.map(({ where }) => where)]).toEqual(["conflict", [path]]);
    expect([read(path), read("d.nii")]).toEqual(["mine", "bytes of /4"]);
    await download(all, { force: true });
    expect(read(path)).not.toBe("mine");
  });

  test("what an earlier download wrote and this one did not want is reported, and stays", async () => {
    await download([file("a.nii", "/1"), file("b.nii", "/2")]);
    expect(await download([file("b.nii", "/2")])).toMatchObject({ stale: ["a.nii"] });
    expect(read("a.nii")).toBe("bytes of /1");
  });

  test("two downloads do not write to it at once, and a dead one's lock holds nobody up", async () => {
    const lock = join(directory, ownFolder, "lock");
    write(lock, JSON.stringify({ host: "elsewhere", pid: 1 }));
    await expect(download([])).rejects.toThrow("process 1 of elsewhere");
    write(lock, "");
    await download([]);
    expect(existsSync(lock)).toBe(false);
  });
});

describe("a hostile server", () => {
  test.each([
    "../evil",
    "/etc/evil",
    "a/../../b",
    "a\\b",
    "a\nb",
    "",
    ".",
    `${ownFolder}/written.jsonl`,
    "x".repeat(300),
  ])("cannot have %j written", async (path) => {
    await expect(download([file(path, "/1")])).rejects.toThrow("cannot be written");
    expect(readdirSync(world)).toEqual(["to"]);
  });

  test("cannot write through a link that leads out of the folder", async () => {
    mkdirSync(join(world, "outside"));
    mkdirSync(directory);
    symlinkSync(join(world, "outside"), join(directory, "sub-01"));
    await expect(download([file("sub-01/a.nii", "/1")])).rejects.toThrow("is a link where a folder is needed");
    expect(readdirSync(join(world, "outside"))).toEqual([]);
  });

  test("cannot write through a link that stands where the file goes", async () => {
    write(join(world, "victim"), "mine");
    mkdirSync(directory);
    symlinkSync(join(world, "victim"), join(directory, "a.nii"));
    await expect(download([file("a.nii", "/1")])).rejects.toThrow("no download put it there");
    await download([file("a.nii", "/1")], { force: true });
    expect([readFileSync(join(world, "victim"), "utf8"), read("a.nii")]).toEqual(["mine", "bytes of /1"]);
  });
});

describe("a bucket on this machine", () => {
  const bucketFile = (content: string): string => {
    write(join(world, "bucket", "datasets", "d", "c.nii"), content);
    return join(world, "bucket", "datasets", "d", "c.nii");
  };

  test("is linked to, and nothing is fetched", async () => {
    const source = bucketFile("bytes of /2");
    const options = { linkTo: join(world, "bucket") };
    expect(await download([file("c.nii", "/2")], options)).toMatchObject({ linked: 1, fetched: 0, bytes: 0 });
    expect(lstatSync(join(directory, "c.nii")).ino).toBe(lstatSync(source).ino);
    expect(await download([file("c.nii", "/2")], options)).toMatchObject({ linked: 0, kept: 1 });
    expect(asked).toEqual([]);
  });

  test("is not trusted: other bytes, and what it is missing, are fetched", async () => {
    const source = bucketFile("BYTES OF /2");
    const report = await download([file("c.nii", "/2"), file("e.nii", "/3")], { linkTo: join(world, "bucket") });
    expect(report).toMatchObject({ linked: 0, fetched: 2 });
    expect([read("c.nii"), readFileSync(source, "utf8")]).toEqual(["bytes of /2", "BYTES OF /2"]);
  });

  test("stays as it is when a newer version replaces the link", async () => {
    const source = bucketFile("bytes of /2");
    await download([file("c.nii", "/2")], { linkTo: join(world, "bucket") });
    await download([file("c.nii", "/3")]);
    expect([read("c.nii"), readFileSync(source, "utf8")]).toEqual(["bytes of /3", "bytes of /2"]);
  });
});
