import { levelSchema } from "@rollerblade/abids/facts";
import semver from "semver";
import { z } from "zod";
import { parseDuration, parseQuantity } from "./quantity.ts";

const quantity = (unit: string) =>
  z.union([z.number(), z.string()], { error: `must be ${unit}` }).transform((value, context) => {
    const number = typeof value === "number" ? value : parseQuantity(value);
    if (number !== undefined && number >= 0) return number;
    context.addIssue({ code: "custom", message: `"${value}" is not ${unit}` });
    return z.NEVER;
  });

const bytes = quantity("a quantity of bytes such as 512Mi or 2Gi");

const duration = z
  .union([z.number(), z.string()], { error: "must be a duration such as 30m" })
  .transform((value, context) => {
    const number = typeof value === "number" ? value : parseDuration(value);
    if (number !== undefined && number > 0) return number;
    context.addIssue({ code: "custom", message: `"${value}" is not a duration such as 90s, 30m or 1h30m` });
    return z.NEVER;
  });

/** Names of inputs and outputs become file names and placeholders. */
const portName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,39}$/, "must begin with a small letter and hold letters and digits only (at most 40)");

/** Names of assets, as of everything that is owned. */
const assetName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/,
    "must hold letters, digits, - and _ only, a letter or digit first (at most 63)",
  );

/** Names of analyses become folder names, labels of Kubernetes and parts of subjects. */
const analysisName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/, "must hold small letters, digits and inner hyphens only (at most 40)");

/** A network is a label of Pods (`NetworkPolicy`), or a network of Docker. */
const networkName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "must hold small letters, digits and inner hyphens only (at most 63)");

const version = z
  .string({ error: "must be a version such as 1.2.0" })
  .refine((text) => semver.valid(text) === text, "must be a full version such as 1.2.0, without build metadata");

const range = z
  .string({ error: "must be a version range such as ^1" })
  .refine((text) => semver.validRange(text) !== null, "must be a version range such as ^1 or ~1.2");

const extension = z.string().regex(/^(\.[A-Za-z0-9]+)+$/, "must begin with a dot, for example .nii.gz");
const label = z.string().regex(/^[A-Za-z0-9]+$/, "must hold letters and digits only");

/** One text, or a list of which any will do; a list of one is that one, so that both ways to write it have the same key. */
const oneOrMore = (item: z.ZodString, what: string) =>
  z
    .union([z.string(), z.array(z.string()).min(1)], { error: `must be ${what}, or a list of these` })
    .superRefine((value, context) => {
      for (const text of typeof value === "string" ? [value] : value)
        for (const { message } of item.safeParse(text).error?.issues ?? [])
          context.addIssue({ code: "custom", message: typeof value === "string" ? message : `"${text}" ${message}` });
    })
    .transform((value) => (typeof value !== "string" && value.length === 1 ? (value[0] ?? "") : value));

const argv = z
  .array(
    z.union([z.string(), z.array(z.string()).min(1)], { error: "must be an argument, or a list that goes together" }),
    { error: "must be a list of arguments" },
  )
  .min(1, "must not be empty");

/** Files that environments are built from. */
const lockfiles: readonly string[] = ["requirements.txt", "uv.lock", "environment.yml", "package-lock.json"];

/** Says what to write instead of a lockfile that no environment is built from; null for one that is. */
const faultOfEnvironment = (name: string): string | null => {
  if (lockfiles.includes(name)) return null;
  if (/^(package\.json|yarn\.lock|pnpm-lock\.yaml)$/.test(name))
    return "is not built: run `npm install` beside it and name package-lock.json";
  if (/\.ya?ml$|conda-lock/.test(name)) return "is not built: call what `conda env export` writes environment.yml";
  if (/^(pyproject\.toml|setup\.(py|cfg)|Pipfile)$/.test(name))
    return "is not a lockfile: run `uv lock` beside it and name uv.lock";
  return `is none: it must be ${lockfiles.slice(0, -1).join(", ")} or ${lockfiles.at(-1)}, beside the manifest`;
};

/** The lockfile that the environment of a process is built from. */
const environment = z
  .string({ error: "must be the name of a lockfile: requirements.txt, uv.lock, environment.yml or package-lock.json" })
  .superRefine((name, context) => {
    const message = faultOfEnvironment(name);
    if (message !== null) context.addIssue({ code: "custom", message: `"${name}" ${message}` });
  });

const suffix = oneOrMore(label, "a BIDS suffix such as T1w");
const extensions = oneOrMore(extension, "an extension such as .nii.gz");
const entities = z.record(z.string(), z.union([z.null(), z.coerce.string().regex(/^[A-Za-z0-9+]+$/)]));

const rawInput = z.strictObject({
  kind: z.literal("raw"),
  name: portName,
  suffix,
  extension: extensions,
  datatype: label.nullable().default(null),
  entities: entities.default({}),
  many: z.boolean().default(false),
  required: z.literal(false, { error: "must be true or false" }).exactOptional(),
});

const derivativeInput = z.strictObject({
  kind: z.literal("derivative"),
  name: portName,
  analysis: analysisName,
  version: range,
  output: portName,
  suffix: suffix.exactOptional(),
  extension: extensions.exactOptional(),
  datatype: label.exactOptional(),
  entities: entities.exactOptional(),
  into: portName.exactOptional(),
  of: portName.nullable().default(null),
  many: z.boolean().default(false),
  required: z.literal(false, { error: "must be true or false" }).exactOptional(),
});

const asset = z.strictObject({
  name: portName,
  asset: assetName,
  version,
  sha256: z
    .string()
    .regex(/^sha256:[0-9a-f]{64}$/, "must be sha256: and 64 hexadecimal digits, as `rollerblade asset list` shows it")
    .exactOptional(),
});

const pattern = z
  .string()
  .regex(/^(?!#)[^\r\n]*[^\s][^\r\n]*$/, "must be a pattern of one line as in .bidsignore, for example *_roi.nii.gz")
  .max(500, "must have at most 500 characters");

const ignoredInput = z.strictObject({
  kind: z.literal("ignored"),
  name: portName,
  ignored: oneOrMore(pattern, "a pattern as in .bidsignore, for example *_roi.nii.gz"),
  many: z.boolean().default(false),
  required: z.literal(false, { error: "must be true or false" }).exactOptional(),
});

const glob = z
  .string()
  .min(1)
  .max(500)
  .refine((text) => !/^\/|(^|\/)\.\.(\/|$)/.test(text), "must be relative to the tree, without ..");

const treeOutput = z.strictObject({
  kind: z.literal("tree"),
  name: portName,
  tree: z.strictObject({
    must: z
      .array(z.union([glob, z.array(glob).min(1)]))
      .max(500)
      .default([]),
    may: z.array(glob).max(500).exactOptional(),
    mustNot: z.array(glob).max(500).default([]),
  }),
  required: z.literal(true, { error: "must be left out: a tree that may be empty has no `must`" }).default(true),
});

const fileOutput = z.strictObject({
  kind: z.literal("file"),
  name: portName,
  template: z.string({ error: "must be the name that the file is published by" }),
  required: z.boolean().default(true),
  metadata: z.record(z.string().min(1).max(100), z.json()).exactOptional(),
  content: z.enum(["valid", "any"], { error: "must be valid or any" }).exactOptional(),
});

/** A tree, or a file: whichever it is, its own faults are reported, and not that it is neither. */
const output = z
  .preprocess(
    (value) =>
      typeof value === "object" && value !== null ? { ...value, kind: "tree" in value ? "tree" : "file" } : value,
    z.discriminatedUnion("kind", [treeOutput, fileOutput]),
  )
  .transform(({ kind: _kind, ...declared }) => declared);

const resources = z.strictObject({
  cpu: quantity("a number of cores such as 1 or 500m").default(1),
  memory: bytes.default(2 ** 30),
  disk: bytes.default(2 ** 30),
  gpu: z.number().int().min(0).default(0),
  timeout: duration.default(3600),
});

const retry = z.strictObject({
  attempts: z.number().int().min(1).max(20).default(3),
  memoryStep: z.number().min(1).max(10).default(1.5),
  memoryMax: bytes.optional(),
});

/** The shape of a manifest after its short forms were written out; see `manifestFrom`. */
export const manifestSchema = z.strictObject({
  name: analysisName,
  version,
  description: z.string().default(""),
  image: z.string().min(1).nullable().default(null),
  entrypoint: z.array(z.string()).min(1).exactOptional(),
  command: argv.nullable().default(null),
  process: argv.nullable().default(null),
  neutral: argv.exactOptional(),
  workingDirectory: portName.exactOptional(),
  environment: environment.exactOptional(),
  level: levelSchema,
  names: z.enum(["neutral", "bids"]).default("neutral"),
  layout: z.enum(["flat", "bids"]).default("flat"),
  inputs: z
    .array(z.discriminatedUnion("kind", [rawInput, derivativeInput, ignoredInput]))
    .min(1, "must name at least one input"),
  assets: z.array(asset).min(1, "must name at least one asset, or be left out").exactOptional(),
  reads: z.array(z.string()).default([]),
  parameters: z.record(z.string(), z.json()).default({}),
  resources: resources.prefault({}),
  network: networkName.exactOptional(),
  outputs: z.array(output).min(1, "must name at least one output"),
  retry: retry.prefault({}),
  concurrency: z.number().int().min(1).max(10_000).exactOptional(),
});

/** The fields that a person may write at a place of the manifest, for the error about an unknown one. */
export const knownFields = (path: readonly PropertyKey[]): readonly string[] => {
  const [first] = path;
  if (first === undefined) return Object.keys(manifestSchema.shape);
  if (first === "inputs")
    return [
      ...["suffix", "extension", "datatype", "many", "required", "analysis", "version", "output", "of", "into"],
      "ignored",
    ];
  if (first === "assets") return ["asset", "version", "sha256"];
  if (first === "outputs" && path[2] === "tree") return ["must", "may", "mustNot"];
  if (first === "outputs") return ["name", "required", "metadata", "content", "tree"];
  if (first === "resources") return Object.keys(resources.shape);
  if (first === "retry") return Object.keys(retry.shape);
  return [];
};
