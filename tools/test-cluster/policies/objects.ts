import { z } from "zod";

const labels = z.record(z.string(), z.string());
const selector = z.object({
  matchLabels: labels.default({}),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});
const peer = z.strictObject({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).default([]) }).optional(),
});
// A port by name would have to be looked up in each Pod; strictness says so instead of ignoring it.
const port = z.strictObject({
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
  port: z.int().optional(),
  endPort: z.int().optional(),
});
const ports = z.array(port).default([]);
const peers = z.array(peer).default([]);

/** Which objects are meant, by their labels. */
export type Selector = z.output<typeof selector>;
/** Who may be spoken to; all of its parts hold together. */
export type Peer = z.output<typeof peer>;
/** A range of ports; all of a protocol without a number. */
export type Port = z.output<typeof port>;

/** What is read of a NetworkPolicy. Parsing fails where it says something that is not understood here. */
export const policySchema = z
  .object({
    metadata: z.object({ name: z.string(), namespace: z.string() }),
    spec: z.strictObject({
      podSelector: selector,
      policyTypes: z.array(z.enum(["Ingress", "Egress"])),
      ingress: z.array(z.strictObject({ from: peers, ports })).default([]),
      egress: z.array(z.strictObject({ to: peers, ports })).default([]),
    }),
  })
  .transform(({ metadata, spec }) => ({ ...metadata, ...spec }));
export type Policy = z.output<typeof policySchema>;

/** A Pod with an address of its own. */
export type Pod = {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly address: string;
};

/** A namespace and its labels. */
export type Namespace = { readonly name: string; readonly labels: Readonly<Record<string, string>> };

/** Whether labels are meant; an empty selector means all. */
export const selects = (selector: Selector, labels: Readonly<Record<string, string>>): boolean =>
  Object.entries(selector.matchLabels).every(([key, value]) => labels[key] === value) &&
  selector.matchExpressions.every(({ key, operator, values }) => {
    const value = labels[key];
    if (operator === "Exists") return value !== undefined;
    if (operator === "DoesNotExist") return value === undefined;
    return (value !== undefined && values.includes(value)) === (operator === "In");
  });
