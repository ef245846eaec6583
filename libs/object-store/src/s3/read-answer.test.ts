import { expect, test } from "vitest";
import { readCopyTime, readErrorMessage, readListing } from "./read-answer.ts";

const page = (key: string, head = "") =>
  `<?xml version="1.0"?><ListBucketResult>${head}<IsTruncated>true</IsTruncated><Prefix>a</Prefix>
   <Contents><Key>${key}</Key><LastModified>x</LastModified><Size>12</Size></Contents></ListBucketResult>`;

test.each([
  ["plain", "a/b.txt", "", "a/b.txt"],
  ["with entities", "a&amp;b&lt;c&#34;&#x27;&quot;", "", 'a&b<c"\'"'],
  ["with what looks encoded", "a%20b+c", "", "a%20b+c"],
  ["URL-encoded", "a%2520b%2Bc+d", "<EncodingType>url</EncodingType>", "a%20b+c d"],
  ["that looks like a number", "007", "", "007"],
  ["with spaces at both ends", " a ", "", " a "],
])("a key %s is read as it is", (_name, key, head, expected) => {
  expect(readListing(page(key, head))).toEqual({ objects: [{ key: expected, size: 12 }], truncated: true });
});

test("an empty list is read as such", () => {
  expect(readListing("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")).toEqual({
    objects: [],
    truncated: false,
  });
});

test("a full page is read, with the quotes around its ETags", () => {
  const entry = (index: number): string =>
    `<Contents><Key>k${index}</Key><ETag>&quot;e&amp;${index}&#34;</ETag><Size>${index}</Size><LastModified>2026-01-02T03:04:05.678Z</LastModified></Contents>`;
  const entries = Array.from({ length: 1_000 }, (_, index) => entry(index)).join("");
  const { objects, truncated } = readListing(
    `<ListBucketResult><IsTruncated>false</IsTruncated>${entries}</ListBucketResult>`,
  );
  expect(truncated).toBe(false);
  expect(objects).toHaveLength(1_000);
  const modified = new Date("2026-01-02T03:04:05.678Z");
  expect(objects.at(-1)).toEqual({ key: "k999", size: 999, etag: "e&999", modified });
});

test("the answer of a copy has a time or none", () => {
  const answer = (inside: string): string => `<?xml version="1.0"?><CopyObjectResult>${inside}</CopyObjectResult>`;
  expect(readCopyTime(answer("<ETag>&quot;a&quot;</ETag><LastModified>2026-01-02T03:04:05Z</LastModified>"))).toEqual(
    new Date("2026-01-02T03:04:05Z"),
  );
  expect(readCopyTime(answer("<ETag>a</ETag>"))).toBeUndefined();
  expect(readCopyTime(answer(""))).toBeUndefined();
});

test("the message of an error is found; what is not an error of S3 has none", () => {
  expect(readErrorMessage("<Error><Code>SlowDown</Code><Message>Please &lt;wait&gt;</Message></Error>")).toBe(
    "Please <wait>",
  );
  expect(readErrorMessage("<CopyObjectResult><ETag>a</ETag></CopyObjectResult>")).toBeUndefined();
  expect(readErrorMessage("<html><p>Bad gateway")).toBeUndefined();
  expect(readErrorMessage("")).toBeUndefined();
});
