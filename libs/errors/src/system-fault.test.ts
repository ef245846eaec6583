import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Problem } from "./problem.ts";
import { problemOfSystem } from "./system-fault.ts";

const failure = (code: string, path?: string): Error => Object.assign(new Error(code), { code, path });

test.each([
  ["ENOSPC", "conflict", "The disk of /data is full."],
  ["EDQUOT", "conflict", "The disk of /data has no room left for you (quota)."],
  ["EROFS", "conflict", "The disk of /data can only be read."],
  ["EACCES", "conflict", "You are not allowed to use /data."],
  ["EEXIST", "conflict", "/data exists already."],
  ["ENOENT", "not-found", "There is no file or folder /data."],
])("%s is described as a person reads it", (name, code, message) => {
  const problem = problemOfSystem(failure(name, "/data"));
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code, message, subject: "/data", next: expect.stringMatching(/\.$/) });
});

test("what the system itself reports has its path", async () => {
  const caught = (work: Promise<unknown>): Promise<unknown> => work.then(() => null, problemOfSystem);
  const file = import.meta.filename;
  expect(await caught(readFile(`${file}/x`))).toMatchObject({ code: "invalid", subject: `${file}/x` });
  expect(await caught(readdir(join(file, "..", "nothing")))).toMatchObject({ code: "not-found" });
  expect(await caught(writeFile(join(file, ".."), ""))).toMatchObject({
    message: `${join(file, "..")} is a folder, and a file is needed.`,
  });
});

test("a full disk is reported without a path, too, as a write to an open file has none", () => {
  expect(problemOfSystem(failure("ENOSPC"))).toMatchObject({ code: "conflict", message: "The disk is full." });
});

test("a folder that cannot be made is not called missing", () => {
  const error = Object.assign(failure("ENOENT", "/ro/.rollerblade"), { syscall: "mkdir" });
  expect(problemOfSystem(error)?.message).toContain("The folder /ro/.rollerblade cannot be made");
});

test("a place that the caller knows stands before the path of a part file", () => {
  expect(problemOfSystem(failure("ENOSPC", "/data/.part"), "/data")?.message).toBe("The disk of /data is full.");
});

test("anything else is not its business", () => {
  expect(problemOfSystem(failure("EWHATEVER", "/data"))).toBeNull();
  expect(problemOfSystem(failure("ENOENT"))).toBeNull();
  expect(problemOfSystem(new Problem({ code: "invalid", message: "no" }))).toBeNull();
  expect(problemOfSystem("no")).toBeNull();
});
