import { expect, test } from "vitest";
import { type Pod, policySchema } from "./objects.ts";
import { nftables } from "./rules.ts";

const pod = (address: string, namespace: string, labels: Record<string, string>): Pod => ({
  address,
  namespace,
  labels,
});
const pods = [
  pod("10.0.0.1", "ours", { app: "web" }),
  pod("10.0.0.2", "ours", { app: "db" }),
  pod("10.0.0.3", "theirs", { app: "web" }),
];
const namespaces = [
  { name: "ours", labels: { name: "ours" } },
  { name: "theirs", labels: { name: "theirs" } },
];
const rulesOf = (...specs: readonly Record<string, unknown>[]): string => {
  const policies = specs.map((spec) =>
    policySchema.parse({
      metadata: { name: "x", namespace: "ours" },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"], ...spec },
    }),
  );
  return nftables("t", "10.0.0.0/24", { pods, namespaces, policies });
};
const chain = (name: string, rules: string): string[] =>
  (new RegExp(`chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n {2}\\}`).exec(rules)?.[1] ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

test("without a policy everybody may speak to everybody", () => {
  const rules = rulesOf();
  expect(chain("leaving", rules)).toEqual([]);
  expect(chain("entering", rules)).toEqual([]);
});

test("a policy that allows nothing refuses all to and from the Pods that it selects", () => {
  const rules = rulesOf({ podSelector: { matchLabels: { app: "db" } } });
  expect(chain("leaving", rules)).toEqual(["ip saddr { 10.0.0.2 } counter reject"]);
  expect(chain("entering", rules)).toEqual(["ip daddr { 10.0.0.2 } counter reject"]);
});

test.each([
  [
    "its own namespace",
    [{ podSelector: { matchLabels: { app: "web" } } }],
    "ip saddr { 10.0.0.1 } tcp dport 80 return",
  ],
  [
    "another namespace",
    [{ namespaceSelector: { matchLabels: { name: "theirs" } } }],
    "ip saddr { 10.0.0.3 } tcp dport 80 return",
  ],
  [
    "any namespace",
    [{ namespaceSelector: {}, podSelector: { matchLabels: { app: "web" } } }],
    "ip saddr { 10.0.0.1, 10.0.0.3 } tcp dport 80 return",
  ],
  ["anywhere", [], "tcp dport 80 return"],
  [
    "a network",
    [{ ipBlock: { cidr: "10.1.0.0/16", except: ["10.1.2.0/24"] } }],
    "ip saddr 10.1.0.0/16 ip saddr != { 10.1.2.0/24 } tcp dport 80 return",
  ],
])("what comes from %s is let in by its port", (_, from, expected) => {
  const rules = rulesOf({ podSelector: { matchLabels: { app: "db" } }, ingress: [{ from, ports: [{ port: 80 }] }] });
  expect(chain("entering", rules)[0]).toBe(`ip daddr { 10.0.0.2 } ${expected}`);
});

test.each([
  ["In", ["db"], ["10.0.0.2"]],
  ["NotIn", ["db"], ["10.0.0.1"]],
  ["Exists", [], ["10.0.0.1", "10.0.0.2"]],
  ["DoesNotExist", [], []],
])("an expression with %s selects by labels", (operator, values, expected) => {
  const rules = rulesOf({ podSelector: { matchExpressions: [{ key: "app", operator, values }] } });
  const refused = expected.length === 0 ? [] : [`ip saddr { ${expected.join(", ")} } counter reject`];
  expect(chain("leaving", rules)).toEqual(refused);
});

test("a peer that selects nobody allows nothing", () => {
  const nobody = [{ podSelector: { matchLabels: { app: "none" } } }];
  expect(chain("leaving", rulesOf({ egress: [{ to: nobody, ports: [] }] }))).toHaveLength(1);
});

test("what is not understood is not ignored", () => {
  expect(() => rulesOf({ egress: [{ ports: [{ port: "http" }] }] })).toThrow();
});
