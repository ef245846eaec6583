import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DownloadFile } from "@rollerblade/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { downloadFiles } from "./download-files.ts";

let directory: string;
let server: Server;
let url: string;
let asked: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "download-"));
  asked = [];
  server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.statusCode = request.url === "/gone" ? 404 : 200;
    response.end(`bytes of ${request.url}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

const file = (path: string, link: string, promised = `bytes of ${link}`): DownloadFile => ({
  dataset: "d",
  path,
  size: promised.length,
  sha256: `sha256:${createHash("sha256").update(promised).digest("hex")}`,
  url: `${url}${link}`,
  content: null,
});
const text = (path: string, content: string): DownloadFile => ({
  dataset: "d",
  path,
  size: content.length,
  sha256: null,
  url: null,
  content,
});
const download = (...files: DownloadFile[]) =>
  downloadFiles({
    directory,
    files: (async function* () {
      yield* files;
    })(),
  });
const read = (path: string): string => readFileSync(join(directory, path), "utf8");

test("files come with their folders, by link or by text, and a second time nothing is fetched", async () => {
  const files = [file("a/b.nii", "/1"), file("c.nii", "/2"), file("c.nii", "/2"), text("t.tsv", "x")] as const;
  expect(await download(...files)).toEqual({ fetched: 3, kept: 0, bytes: 23 });
  expect([read("a/b.nii"), read("c.nii"), read("t.tsv")]).toEqual(["bytes of /1", "bytes of /2", "x"]);
  expect(asked.sort()).toEqual(["/1", "/2"]);
  expect(await download(...files)).toMatchObject({ kept: 2 });
  expect(asked).toHaveLength(2);
});

test("a file that changed is fetched anew", async () => {
  writeFileSync(join(directory, "c.nii"), "other bytes");
  expect(await download(file("c.nii", "/2"))).toMatchObject({ fetched: 1 });
  expect(read("c.nii")).toBe("bytes of /2");
});

test("other bytes than promised are no file", async () => {
  await expect(download(file("c.nii", "/2", "what was promised"))).rejects.toThrow("Other bytes came");
  expect(readdirSync(directory)).toEqual([]);
});

test("a link that leads nowhere says so", async () => {
  await expect(download(file("c.nii", "/gone"))).rejects.toThrow("404");
});

test.each(["../evil", "/etc/evil", "a/../../b"])("a server cannot have %s written", async (path) => {
  await expect(download(file(path, "/1"))).rejects.toThrow("cannot be written");
});
