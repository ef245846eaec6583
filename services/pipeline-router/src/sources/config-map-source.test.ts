import { expect, test } from "vitest";
import { offeredBy } from "./config-map-source.ts";
import { eventOf, statusOf } from "./config-map-status.ts";

const metadata = { namespace: "research", name: "adults", uid: "1", annotations: {} };
const data = { "pipeline.yaml": "datasets: [a]\n" };

test("the owner is what the configuration says of the namespace, never what the ConfigMap says of itself", () => {
  const annotations = { "rollerblade.io/apply": "2", owner: "eve" };
  expect(offeredBy({ metadata: { ...metadata, annotations }, data }, "ada")).toEqual({
    name: "research.adults",
    source: "datasets: [a]\n",
    origin: "ConfigMap research/adults",
    owner: "ada",
    stamp: "2",
  });
});

test("a ConfigMap without a document is offered as an empty one, so that it is refused and not taken to be gone", () => {
  expect(offeredBy({ metadata, data: {} }, "ada").source).toBe("");
});

test("two long names that begin alike stay two documents", () => {
  const long = (end: string) =>
    offeredBy({ metadata: { ...metadata, name: `${"a".repeat(80)}${end}` }, data }, "ada").name;
  expect(long("x")).not.toBe(long("y"));
  expect(long("x")).toHaveLength(63);
});

test("a refusal is reported with every fault and its place, as far as an Event can hold it", () => {
  const findings = [{ where: "rules[0].on", message: '"sufix" is not known' }];
  const verdict = { applied: false, message: "adults is refused.", findings } as const;
  expect(statusOf(verdict)).toContain('rules[0].on: "sufix" is not known');
  const many = { ...verdict, findings: Array.from({ length: 100 }, () => findings[0] ?? { where: "", message: "" }) };
  expect(eventOf({ metadata, data }, many, new Date(0)).message).toHaveLength(1024);
});
