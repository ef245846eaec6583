import { expect, test } from "vitest";
import { faultOfPointer, isPointerFault } from "./absent-content.ts";

const key = "MD5E-s1048576--0123456789abcdef0123456789abcdef.nii.gz";

test.each([
  ["an unlocked file", `/annex/objects/${key}\n`],
  ["a link that was checked out as text", `.git/annex/objects/aB/cD/${key}/${key}`],
  ["such a link of a deep folder", `../../../.git/annex/objects/aB/cD/${key}/${key}`],
  ["such a link on Windows", `..\\..\\.git\\annex\\objects\\aB\\cD\\${key}`],
])("%s of git-annex without its content is reported with the remedy", (_, text) => {
  const content = Buffer.from(text);
  expect(faultOfPointer(content, content.length)).toBe(
    "is a pointer of git-annex (fetch its content first, for example with `datalad get`)",
  );
});

test("a pointer of Git LFS is reported with its own remedy", () => {
  const content = Buffer.from(
    `version https://git-lfs.github.com/spec/v1\noid sha256:${"4d".repeat(32)}\nsize 12345\n`,
  );
  const fault = faultOfPointer(content, content.length);
  expect(fault).toBe("is a pointer of Git LFS (fetch its content first, for example with `git lfs pull`)");
  expect([isPointerFault(fault ?? ""), isPointerFault("is not UTF-8 text")]).toEqual([true, false]);
});

test.each([
  ["JSON", Buffer.from('{"a": "/annex/objects/"}'), 24],
  ["a large file", Buffer.from("/annex/objects/"), 1_000_000],
  ["an empty file", Buffer.alloc(0), 0],
])("%s is content", (_, head, size) => {
  expect(faultOfPointer(head, size)).toBeNull();
});
