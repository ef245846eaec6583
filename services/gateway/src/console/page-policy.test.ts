import { expect, test } from "vitest";
import { pagePolicy } from "./page-policy.ts";

const directive = (policy: string, name: string): string =>
  policy.split("; ").find((one) => one.startsWith(`${name} `)) ?? "";

test("scripts come from this server alone, and none is unsafe", () => {
  const policy = pagePolicy(["https://files.example.org"]);
  expect(directive(policy, "script-src")).toBe("script-src 'self'");
  expect(directive(policy, "default-src")).toBe("default-src 'none'");
});

test("files may come from the bucket, and pages of others may not frame this one", () => {
  const policy = pagePolicy(["https://files.example.org"]);
  for (const name of ["connect-src", "img-src"]) expect(directive(policy, name)).toContain("https://files.example.org");
  expect(directive(policy, "frame-ancestors")).toBe("frame-ancestors 'none'");
});
