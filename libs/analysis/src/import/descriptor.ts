import { type Finding, Problem } from "@rollerblade/errors";
import { z } from "zod";

const texts = z.array(z.string());
const oneValue = z.union([z.string(), z.number(), z.boolean()]);

const input = z.object({
  id: z.string().min(1),
  name: z.string().optional(),
  description: z.string().optional(),
  // The dialect of Styx has whole commands as types of inputs.
  type: z.unknown(),
  "value-key": z.string().optional(),
  optional: z.boolean().default(false),
  list: z.boolean().default(false),
  "list-separator": z.string().optional(),
  "min-list-entries": z.number().optional(),
  "max-list-entries": z.number().optional(),
  "command-line-flag": z.string().optional(),
  "command-line-flag-separator": z.string().optional(),
  "value-choices": z.array(oneValue).optional(),
  "default-value": z.union([oneValue, z.array(oneValue)]).optional(),
  integer: z.boolean().default(false),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  "exclusive-minimum": z.boolean().default(false),
  "exclusive-maximum": z.boolean().default(false),
  "requires-inputs": texts.default([]),
  "disables-inputs": texts.default([]),
  "value-requires": z.record(z.string(), texts).default({}),
  "value-disables": z.record(z.string(), texts).default({}),
});

const output = z.object({
  id: z.string(),
  name: z.string().optional(),
  "path-template": z.string().optional(),
  "conditional-path-template": z.array(z.record(z.string(), z.string())).optional(),
  "path-template-stripped-extensions": texts.default([]),
  optional: z.boolean().default(false),
  list: z.boolean().default(false),
  "file-template": z.unknown().optional(),
});

const group = z.object({
  id: z.string(),
  members: texts,
  "mutually-exclusive": z.boolean().default(false),
  "one-is-required": z.boolean().default(false),
  "all-or-none": z.boolean().default(false),
});

const descriptor = z.object({
  name: z.string().min(1),
  description: z.string().default(""),
  "command-line": z.string().min(1),
  "tool-version": z.string().optional(),
  "stdout-output": z.unknown().optional(),
  "stderr-output": z.unknown().optional(),
  inputs: z.array(input).default([]),
  "output-files": z.array(output).default([]),
  groups: z.array(group).default([]),
  "environment-variables": z.array(z.object({ name: z.string(), value: z.string() })).default([]),
  "container-image": z
    .object({
      type: z.string().optional(),
      image: z.string().optional(),
      index: z.string().optional(),
      "container-opts": texts.optional(),
    })
    .optional(),
  "suggested-resources": z
    .object({
      "cpu-cores": z.number().optional(),
      ram: z.number().optional(),
      "disk-space": z.number().optional(),
      "walltime-estimate": z.number().optional(),
    })
    .optional(),
});

/** A descriptor of Boutiques (schema 0.5), with its defaults filled in. https://boutiques.github.io */
export type Descriptor = z.output<typeof descriptor>;
/** A value that a command line takes. */
export type DescriptorInput = z.output<typeof input> & { readonly type: InputType };
/** A file that a program makes. */
export type DescriptorOutput = z.output<typeof output>;
/** Inputs of which one says something about the others. */
export type DescriptorGroup = z.output<typeof group>;

const inputTypes = ["String", "File", "Flag", "Number"] as const;
/** What kind of value an input is. */
export type InputType = (typeof inputTypes)[number];

/** A descriptor of which every part can be expressed. */
export type ReadableDescriptor = Omit<Descriptor, "inputs"> & { readonly inputs: DescriptorInput[] };

/**
 * Reads a descriptor.
 * @throws Problem `invalid` with the field of everything that is no descriptor, or that a manifest cannot express
 */
export const readDescriptor = (value: unknown, file: string): ReadableDescriptor => {
  const parsed = descriptor.safeParse(value);
  if (!parsed.success)
    throw refused(
      file,
      parsed.error.issues.map(({ path, message }) => ({ where: path.join(".") || "descriptor", message })),
    );
  const findings = inexpressible(parsed.data);
  if (findings.length > 0) throw refused(file, findings);
  return { ...parsed.data, inputs: parsed.data.inputs.flatMap((one) => (hasType(one) ? [one] : [])) };
};

const hasType = (one: z.output<typeof input>): one is DescriptorInput => inputTypes.some((type) => type === one.type);

/** What starts a shell, or needs one. A manifest's arguments are never read by one. */
const shellWords = /[;&|<>`]|\$\(/;

const inexpressible = (read: Descriptor): Finding[] => [
  ...read.inputs.flatMap((one): Finding[] => {
    if (hasType(one)) return [];
    const nested = typeof one.type === "object" && one.type !== null;
    const message = nested
      ? "is a command of its own (a nested sub-command), which a manifest cannot have"
      : `is of the type ${JSON.stringify(one.type)}, which Boutiques does not have`;
    return [{ where: `inputs.${one.id}.type`, message }];
  }),
  ...(["stdout-output", "stderr-output"] as const).flatMap((where) =>
    read[where] === undefined
      ? []
      : [{ where, message: "takes what is printed as an output; a program writes its outputs as files" }],
  ),
  ...(shellWords.test(read["command-line"].replace(/\[[^\]]*\]/g, ""))
    ? [{ where: "command-line", message: "needs a shell, which a manifest's arguments are never given to" }]
    : []),
  ...read["output-files"].flatMap((one) =>
    one["file-template"] === undefined
      ? []
      : [
          {
            where: `output-files.${one.id}.file-template`,
            message: "has a file of settings written before the program starts, which a manifest cannot",
          },
        ],
  ),
];

const refused = (file: string, findings: readonly Finding[]): Problem =>
  new Problem({
    code: "invalid",
    message: `${file} cannot be imported: ${findings[0]?.where} ${findings[0]?.message}${findings.length > 1 ? ` (and ${findings.length - 1} more)` : ""}.`,
    subject: file,
    next: "Write a manifest by hand; docs/how-to/write-an-analysis.md describes every field.",
    findings,
  });
