import { expect, test } from "vitest";
import { mergeOpenApi } from "./merge-openapi.ts";

test("paths and components of all services stand in one document, sorted, behind one token", () => {
  const merged = mergeOpenApi(
    [
      { paths: { "/v1/scans": { get: { summary: "scans" } } }, components: { schemas: { Scan: 1 } } },
      {
        paths: { "/v1/me": { get: { summary: "me" } } },
        components: { schemas: { User: 2 } },
        tags: [{ name: "accounts" }],
      },
      {},
    ],
    "http://127.0.0.1:7700",
  );
  expect(merged.openapi).toBe("3.1.0");
  expect(merged.servers).toEqual([{ url: "http://127.0.0.1:7700" }]);
  expect(Object.entries(merged.paths)).toEqual([
    ["/v1/me", { get: { summary: "me" } }],
    ["/v1/scans", { get: { summary: "scans" } }],
  ]);
  expect(merged.components).toMatchObject({
    schemas: { Scan: 1, User: 2 },
    securitySchemes: { token: { scheme: "bearer" } },
  });
  expect(merged.tags).toEqual([{ name: "accounts" }]);
});
