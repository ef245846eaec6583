import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import names from "./schema/names.json" with { type: "json" };
import { reduceSchema } from "./schema/reduce.ts";
import { reduceRules } from "./schema/reduce-rules.ts";
import rules from "./schema/rules.json" with { type: "json" };

test("the reduced schema agrees with the BIDS schema", () => {
  const full = readFileSync(new URL("schema/schema.json", import.meta.url), "utf8");
  expect(reduceSchema(JSON.parse(full))).toEqual(names);
  expect(reduceRules(JSON.parse(full))).toEqual(rules);
});
