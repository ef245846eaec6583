import { expect, test } from "vitest";
import { type ObjectLink, signLink, verifyLink } from "./object-link.ts";

const secret = "a secret";
const link: ObjectLink = { method: "GET", key: "datasets/a b/ü?.txt", expires: 2_000, filename: "x & y.txt" };
const url = new URL(signLink(link, "http://127.0.0.1:7700/", secret));
const signature = url.searchParams.get("signature") ?? "";

test("a link carries the key in its path and everything else in its query", () => {
  expect(url.pathname.split("/").map(decodeURIComponent).join("/")).toBe(`/objects/${link.key}`);
  expect(url.searchParams.get("filename")).toBe(link.filename);
  expect(url.searchParams.get("expires")).toBe("2000");
});

test("it is good until it expires", () => {
  expect(verifyLink(link, signature, secret, 1_999_999)).toBe(true);
  expect(verifyLink(link, signature, secret, 2_000_000)).toBe(false);
});

test.each([
  ["another key", { ...link, key: "datasets/a b/other" }, signature],
  ["another method", { ...link, method: "PUT" as const }, signature],
  ["a later end", { ...link, expires: 3_000 }, signature],
  ["another file name", { ...link, filename: "evil.exe" }, signature],
  ["no end", { ...link, expires: Number.NaN }, signature],
  ["no signature", link, ""],
  ["another signature", link, signature.replace(/^./, (first) => (first === "A" ? "B" : "A"))],
  ["a longer signature", link, `${signature}A`],
])("it is not good for %s", (_name, changed, given) => {
  expect(verifyLink(changed, given, secret, 1_000_000)).toBe(false);
});

test("parts of a link cannot be moved from one field into another", () => {
  const one = signLink({ ...link, key: "a", filename: "b\nc" }, "http://x", secret);
  const two = signLink({ ...link, key: "a\nb", filename: "c" }, "http://x", secret);
  expect(new URL(one).searchParams.get("signature")).not.toBe(new URL(two).searchParams.get("signature"));
});
