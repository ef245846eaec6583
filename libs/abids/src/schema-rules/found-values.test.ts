import { expect, test } from "vitest";
import { compileExpression } from "./expression.ts";
import { valuesOf } from "./found-values.ts";

const found = (check: string, context: Readonly<Record<string, unknown>>): string =>
  valuesOf({ checks: [compileExpression(check)] }, context);

test("a message shows what was compared", () => {
  const context = { sidecar: { RepetitionTime: 9.9 }, nifti_header: { pixdim: [1, 2, 2, 2, 2.4] } };
  expect(found("sidecar.RepetitionTime == nifti_header.pixdim[4]", context)).toBe(
    " (sidecar.RepetitionTime is 9.9, nifti_header.pixdim[4] is 2.4)",
  );
});

test("a check that holds, what is unknown, and what is long are not shown", () => {
  expect(found("sidecar.a == 1", { sidecar: { a: 1 } })).toBe("");
  expect(found("sidecar.a == 1", { sidecar: {} })).toBe("");
  expect(found("sidecar.a == sidecar.b", { sidecar: { a: "x".repeat(100), b: 2 } })).toBe(" (sidecar.b is 2)");
});

test("of paths that have to exist those are named that do not", () => {
  const exists = (path: unknown): number => (path === "there.nii" ? 1 : 0);
  const context = { exists, sidecar: { IntendedFor: ["there.nii", "a.nii", "b.nii", "c.nii", "d.nii", "e.nii"] } };
  expect(found('exists(sidecar.IntendedFor, "subject") == length(sidecar.IntendedFor)', context)).toBe(
    " (not there: a.nii, b.nii, c.nii, d.nii and 1 more)",
  );
});
