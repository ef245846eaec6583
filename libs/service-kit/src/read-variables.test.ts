import { expect, test } from "vitest";
import { z } from "zod";
import { readVariables, variableName } from "./read-variables.ts";

const schema = z.object({ sweepSeconds: z.coerce.number().default(30), executor: z.enum(["process", "docker"]) });

test.each([
  ["ROLLERBLADE_catalog", "sweepSeconds", "ROLLERBLADE_CATALOG_SWEEP_SECONDS"],
  ["ROLLERBLADE_pipeline-router", "maxGroups", "ROLLERBLADE_PIPELINE_ROUTER_MAX_GROUPS"],
  ["ROLLERBLADE", "databaseUrl", "ROLLERBLADE_DATABASE_URL"],
])("under %s the setting %s is %s", (prefix, setting, name) => {
  expect(variableName(prefix, setting)).toBe(name);
});

test("text becomes what the schema says, and what is empty counts as absent", () => {
  const environment = { ROLLERBLADE_SCHEDULER_EXECUTOR: "docker", ROLLERBLADE_SCHEDULER_SWEEP_SECONDS: "" };
  expect(readVariables("ROLLERBLADE_scheduler", schema, environment)).toEqual({ sweepSeconds: 30, executor: "docker" });
});

test("what is given wins over the environment", () => {
  const environment = { ROLLERBLADE_SCHEDULER_EXECUTOR: "docker" };
  expect(readVariables("ROLLERBLADE_scheduler", schema, environment, { executor: "process" }).executor).toBe("process");
});

test("a setting is read under its former name until the new one is set", () => {
  const renamed = z.object({ maxBatch: z.coerce.number().default(7).meta({ formerly: "batchMost" }) });
  const read = (environment: Record<string, string>) => readVariables("ROLLERBLADE_x", renamed, environment).maxBatch;
  expect(read({})).toBe(7);
  expect(read({ ROLLERBLADE_X_BATCH_MOST: "3" })).toBe(3);
  expect(read({ ROLLERBLADE_X_MAX_BATCH: "", ROLLERBLADE_X_BATCH_MOST: "3" })).toBe(3);
  expect(read({ ROLLERBLADE_X_MAX_BATCH: "5", ROLLERBLADE_X_BATCH_MOST: "3" })).toBe(5);
});

test("an error names each variable and what it should be", () => {
  const read = () => readVariables("ROLLERBLADE_scheduler", schema, { ROLLERBLADE_SCHEDULER_SWEEP_SECONDS: "soon" });
  expect(read).toThrow(
    expect.objectContaining({
      code: "invalid",
      findings: [
        { where: "ROLLERBLADE_SCHEDULER_SWEEP_SECONDS", message: expect.stringContaining("number") },
        { where: "ROLLERBLADE_SCHEDULER_EXECUTOR", message: expect.stringMatching(/^is not set: .*"process"/) },
      ],
    }),
  );
});
