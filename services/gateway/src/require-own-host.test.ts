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
  expect(isOwnHost(hostOf(header), "brains.example.org", "127.0.0.1")).toBe(own);
});

test.each([
  ["127.0.0.1:7700", false],
  ["localhost", false],
  ["[::1]", false],
  ["192.168.1.5:7700", true],
  ["192.168.1.6", false],
  ["brains.example.org", true],
  ["evil.example", false],
])("from another machine the Host header %j: %s", (header, own) => {
  expect(isOwnHost(hostOf(header), "brains.example.org", "::ffff:192.168.1.5")).toBe(own);
  expect(isOwnHost(hostOf(header), "127.0.0.1", "192.168.1.5")).toBe(own && header !== "brains.example.org");
});
