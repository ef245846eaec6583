import { expect, test } from "vitest";
import { offeredBy } from "./config-map-source.ts";

const owners = { research: "ada" };
const data = { "pipeline.yaml": "datasets: [a]\n" };

test("the owner is what the configuration says of the namespace, never what the ConfigMap says of itself", () => {
  const metadata = {
    namespace: "research",
    name: "adults",
    annotations: { "rollerblade.io/apply": "2", owner: "eve" },
  };
  expect(offeredBy({ metadata, data }, owners)).toEqual({
    name: "research.adults",
    source: "datasets: [a]\n",
    origin: "ConfigMap research/adults",
    owner: "ada",
    stamp: "2",
  });
});

test.each([
  ["a namespace that nobody vouches for", { metadata: { namespace: "other", name: "adults" }, data }],
  ["a namespace that is called like a method", { metadata: { namespace: "toString", name: "adults" }, data }],
  ["a ConfigMap without a document", { metadata: { namespace: "research", name: "adults" }, data: {} }],
  ["a ConfigMap without anything", {}],
])("%s offers nothing", (_, configMap) => {
  expect(offeredBy(configMap, owners)).toBeUndefined();
});
