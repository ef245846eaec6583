import { expect, test } from "vitest";
import { readListing } from "./read-listing.ts";

const page = (key: string, head = "") =>
  `<?xml version="1.0"?><ListBucketResult>${head}<IsTruncated>true</IsTruncated><Prefix>a</Prefix>
   <Contents><Key>${key}</Key><LastModified>x</LastModified><Size>12</Size></Contents></ListBucketResult>`;

test.each([
  ["plain", "a/b.txt", "", "a/b.txt"],
  ["with entities", "a&amp;b&lt;c&#34;&#x27;&quot;", "", 'a&b<c"\'"'],
  ["with what looks encoded", "a%20b+c", "", "a%20b+c"],
  ["URL-encoded", "a%2520b%2Bc+d", "<EncodingType>url</EncodingType>", "a%20b+c d"],
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
