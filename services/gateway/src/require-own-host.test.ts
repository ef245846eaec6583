import { expect, test } from "vitest";
import { hostOf, isOwnHost } from "./require-own-host.ts";

test.each([
  ["127.0.0.1:7700", true],
  ["localhost", true],
  ["LOCALHOST:1", true],
  ["[::1]:7700", true],
  ["brains.example.org", true],
  ["brains.example.org:8443", true],
  ["evil.example", false],
  ["127.0.0.1.evil.example", false],
  ["evil.example:127.0.0.1", false],
  ["localhost.evil.example:7700", false],
  ["", false],
  [undefined, false],
])("the Host header %j: %s", (header, own) => {
  expect(isOwnHost(hostOf(header), "brains.example.org")).toBe(own);
});
