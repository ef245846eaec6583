import { expect, test } from "vitest";
import { faultOfPointer } from "./absent-content.ts";

const key = "MD5E-s1048576--0123456789abcdef0123456789abcdef.nii.gz";

test.each([
  ["an unlocked file", `/annex/objects/${key}\n`],
  ["a link that was checked out as text", `.git/annex/objects/aB/cD/${key}/${key}`],
])("%s of git-annex without its content is reported with the remedy", (_, text) => {
  const content = Buffer.from(text);
  expect(faultOfPointer(content, content.length)).toBe(
    "is a pointer of git-annex (fetch its content first, for example with `datalad get`)",
  );
});

test.each([
  ["JSON", Buffer.from('{"a": "/annex/objects/"}'), 24],
  ["a large file", Buffer.from("/annex/objects/"), 1_000_000],
  ["an empty file", Buffer.alloc(0), 0],
])("%s is content", (_, head, size) => {
  expect(faultOfPointer(head, size)).toBeNull();
});
