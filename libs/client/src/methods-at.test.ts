import { expect, test } from "vitest";
import { methodsAt } from "./methods-at.ts";

test.each([
  ["/v1/runs", ["POST", "GET", "HEAD"]],
  ["/v1/runs/plan", ["POST"]],
  ["/v1/queries/run", ["POST"]],
  ["/v1/queries/old", ["GET", "HEAD", "PUT", "DELETE"]],
  ["/v1/runs/a.b/cancel", ["POST"]],
  ["/v1/runs/", ["POST", "GET", "HEAD"]],
  ["/v1/runs/a/b/c", []],
  ["/v1/internal/resources/a/retire", []],
  ["/v2/runs", []],
])("%s takes %j", (path, methods) => {
  expect(methodsAt(path)).toEqual(methods);
});
