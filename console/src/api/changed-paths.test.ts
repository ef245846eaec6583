import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { changedPaths } from "./changed-paths.ts";

const reference = readFileSync(join(import.meta.dirname, "../../../docs/reference/events.md"), "utf8");
const topics = [...reference.matchAll(/^### `([a-z-]+\.[a-z-]+)`/gm)].map(([, topic = ""]) => topic);

test("every topic of the reference makes some answers old", () => {
  expect(topics.length).toBeGreaterThan(20);
  expect(topics.filter((topic) => changedPaths(topic).length === 0)).toEqual([]);
});
