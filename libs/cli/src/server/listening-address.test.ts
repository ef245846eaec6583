import { expect, test } from "vitest";
import { isLoopback, localUrl, remoteUrls, requireSafeHost } from "./listening-address.ts";

test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("%s is this machine's alone", (host) => {
  expect(isLoopback(host)).toBe(true);
  expect(() => requireSafeHost(host, {})).not.toThrow();
  expect(remoteUrls(host, 7700)).toEqual([]);
});

test.each(["0.0.0.0", "::", "192.168.1.5", "brains.example.org", "127.evil.example"])(
  "listening at %s needs to be insisted on, by the setting that the refusal names",
  (host) => {
    expect(() => requireSafeHost(host, {})).toThrow(/has no TLS/);
    expect(() => requireSafeHost(host, { ROLLERBLADE_ALLOW_PLAIN_HTTP: "0" })).toThrow(
      expect.objectContaining({ next: expect.stringContaining("ROLLERBLADE_ALLOW_PLAIN_HTTP=1") }),
    );
    expect(() => requireSafeHost(host, { ROLLERBLADE_ALLOW_PLAIN_HTTP: "1" })).not.toThrow();
  },
);

test.each([
  ["0.0.0.0", "http://127.0.0.1:7700"],
  ["::", "http://[::1]:7700"],
  ["fe80::1", "http://[fe80::1]:7700"],
  ["brains.example.org", "http://brains.example.org:7700"],
])("a server at %s is reached from here as %s", (host, url) => {
  expect(localUrl(host, 7700)).toBe(url);
});

test("an address of one interface is what it is reached by", () => {
  expect(remoteUrls("192.168.1.5", 7700)).toEqual(["http://192.168.1.5:7700"]);
});
