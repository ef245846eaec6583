import { entityRule } from "@rollerblade/abids";
import semver from "semver";
import { z } from "zod";
import { parseDuration } from "./duration.ts";

const name = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    "use letters, digits, - and _, at most 63, beginning with a letter or digit",
  );

const version = z
  .string({ error: 'write the version in quotes, for example "^1"' })
  .refine(
    (range) => semver.validRange(range) !== null,
    "not a version or a range of versions, for example ^1 or 1.2.0",
  );

const inQuotes = 'write the value in quotes, for example "01"';
const fieldValue = z.union([z.string().min(1), z.int().min(0)], { error: inQuotes });
const values = z.union([fieldValue, z.array(fieldValue).min(1)], {
  error: 'write text or a list of texts, in quotes where it is a number: "01"',
});

const scan = z
  .record(z.string(), values)
  .superRefine((keys, context) => {
    // Indices such as `run` are numbers (BIDS, "Entities"); YAML reads a label such as 01 as another text.
    for (const [key, value] of Object.entries(keys))
      if ([value].flat().some((one) => typeof one === "number") && entityRule(key)?.format !== "index")
        context.addIssue({ code: "custom", path: [key], message: inQuotes });
  })
  .refine((keys) => Object.keys(keys).length > 0, "name at least one of suffix, datatype, extension or a BIDS entity");
const derivative = z.strictObject({ analysis: name, output: name.optional() });

const on = z
  .strictObject({ scan: scan.optional(), derivative: derivative.optional() })
  .refine(
    (trigger) => (trigger.scan === undefined) !== (trigger.derivative === undefined),
    "give either scan or derivative",
  );

const duration = z.string().refine((value) => parseDuration(value) !== null, "not a duration, for example 10m or 1h");

const complete = z.union(
  [z.enum(["all", "settled"]), z.strictObject({ count: z.int().min(1) }), z.strictObject({ quiet: duration })],
  { error: "give all, settled, {count: 20} or {quiet: 10m}" },
);

const join = z.strictObject({
  by: z.array(z.enum(["session", "subject", "dataset"])).min(1),
  need: z.array(z.strictObject({ analysis: name, output: name })).default([]),
  complete: complete.default("all"),
  every: duration.optional(),
});

const run = z.strictObject({
  analysis: name,
  version: version.default("*"),
  parameters: z.record(z.string(), z.json()).default({}),
});

const rule = z.strictObject({ name, on, when: z.string().min(1).optional(), join: join.optional(), run });

const pointer = z.string().regex(/^(\/([^~/]|~0|~1)*)*$/, "not a JSON pointer, for example /brainVolume");
const value = z.union([pointer, z.strictObject({ column: z.string().min(1) })], {
  error: "give a JSON pointer (/brainVolume) or a column of a table ({column: brain_volume})",
});

const show = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("metric"),
    value,
    unit: z.string().min(1).optional(),
    digits: z.int().min(0).max(20).optional(),
  }),
  z.strictObject({ kind: z.literal("table"), columns: z.array(z.string().min(1)).min(1).optional() }),
  z.strictObject({ kind: z.literal("image") }),
  z.strictObject({ kind: z.literal("chart") }),
  z.strictObject({ kind: z.literal("document") }),
  z.strictObject({ kind: z.literal("file") }),
]);

const accept = z.record(
  name,
  z
    .string({ error: 'write the range in quotes, for example "^1"' })
    .refine(
      (range) => semver.validRange(range) !== null,
      "not a version or a range of versions, for example ^1 or 1.2.0",
    ),
);

const tag = z.strictObject({
  name,
  from: z.strictObject({ analysis: name, output: name }),
  title: z.string().min(1),
  description: z.string().min(1).optional(),
  show,
});

const dataset = z.string().regex(/^[A-Za-z0-9*?][A-Za-z0-9_*?-]{0,62}$/, "name a dataset, or a pattern with * and ?");

/** The text of a pipeline document as zod sees it, before names become types. */
export const documentSchema = z.strictObject({
  datasets: z.array(dataset).min(1),
  accept: accept.default({}),
  rules: z.array(rule).default([]),
  tags: z.array(tag).default([]),
});

/** What the schema lets through. */
export type WrittenDocument = z.output<typeof documentSchema>;
