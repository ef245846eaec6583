import { expect, test } from "vitest";
import { type RequestHeaders, requireSameOrigin } from "./same-origin.ts";

const passes = (headers: RequestHeaders): boolean => {
  try {
    requireSameOrigin(headers, ["scans.example.org"]);
    return true;
  } catch {
    return false;
  }
};
const csrf = { "x-rollerblade-csrf": "1" };

test.each([
  ["a page of this server", { ...csrf, origin: "https://scans.example.org" }, true],
  ["a page of this server whose browser names no origin", { ...csrf, "sec-fetch-site": "same-origin" }, true],
  ["a form of this server without our header", { origin: "https://scans.example.org" }, false],
  ["another site", { ...csrf, origin: "https://evil.example" }, false],
  ["another port", { ...csrf, origin: "https://scans.example.org:8443" }, false],
  ["a subdomain", { ...csrf, origin: "https://x.scans.example.org", "sec-fetch-site": "same-site" }, false],
  ["a sandboxed page", { ...csrf, origin: "null", "sec-fetch-site": "same-origin" }, false],
  ["no browser", csrf, false],
])("%s: %o", (_, headers, expected) => {
  expect(passes(headers)).toBe(expected);
});
