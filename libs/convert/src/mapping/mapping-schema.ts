import { z } from "zod";
import { isOrientation } from "../images/orientation.ts";

const expression = z.string().min(1);
const pattern = z.string().min(1);

/** A text that may hold `${…}`, or a number or truth as it is. */
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const json: z.ZodType<z.core.util.JSONType> = z.json();

const entityValue = z.union([z.string(), z.number()]);

/** The name of a visit; or what visits of a person are numbered by, such as their date. */
const visit = z.union([z.string().min(1), z.strictObject({ order: z.string().min(1) })]);

const chosen = z.strictObject({
  /** A number or text of each candidate; those of which it is unknown come last. */
  by: expression,
  best: z.enum(["highest", "lowest"]),
});

/** One kind of images: where they are, which of them, and what they become. */
const imageRule = z
  .strictObject({
    name: z.string().min(1).optional(),
    from: pattern.optional(),
    dicom: pattern.optional(),
    where: expression.optional(),
    to: z.looseObject({ suffix: z.string().min(1), datatype: z.string().min(1).optional() }).catchall(entityValue),
    subject: z.string().optional(),
    session: visit.optional(),
    run: z.union([z.string(), z.number()]).optional(),
    join: z.strictObject({ by: expression }).optional(),
    choose: chosen.optional(),
    metadata: z.record(z.string(), json).optional(),
    bval: z.string().optional(),
    bvec: z.string().optional(),
    orientation: z
      .string()
      .refine(isOrientation, "is three letters such as LAS: where the first, second and third axis point to")
      .optional(),
  })
  .refine(({ from, dicom }) => (from === undefined) !== (dicom === undefined), {
    message: "needs either from (files) or dicom (series), and not both",
  });

const ignoreRule = z
  .strictObject({
    from: pattern.optional(),
    dicom: pattern.optional(),
    where: expression.optional(),
    reason: z.string().min(1),
  })
  .refine(({ from, dicom }) => (from === undefined) !== (dicom === undefined), {
    message: "needs either from (files) or dicom (series), and not both",
  });

const keyColumn = z.union([
  z.string().min(1),
  z.strictObject({
    column: z.string().min(1),
    /** A pattern with the capture `value`: which part of the cell is the key. */
    as: z.string().min(1).optional(),
    /** Zeros are put before a number until it has so many digits. */
    digits: z.number().int().min(1).max(20).optional(),
    /** Stands before the label: `IXI` where the cell has 2 and the people are called IXI002. */
    prefix: z.string().min(1).optional(),
  }),
]);

const table = z.strictObject({
  file: pattern,
  sheet: z.string().min(1).optional(),
  subject: keyColumn,
  session: keyColumn.optional(),
  /** The row of a visit is that whose date is nearest to the session's. */
  nearest: z.strictObject({ date: z.string().min(1), withinDays: z.number().positive() }).optional(),
  where: expression.optional(),
  missing: z.array(scalar).optional(),
});

const column = z
  .strictObject({
    table: z.string().min(1).optional(),
    column: z.string().min(1).optional(),
    value: z.string().min(1).optional(),
    /** What cells of the source become. */
    values: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    levels: z.record(z.string(), z.string()).optional(),
    units: z.string().min(1).optional(),
    description: z.string().min(1).optional(),
    missing: z.array(scalar).optional(),
  })
  .refine(({ column: from, value }) => (from === undefined) !== (value === undefined), {
    message: "needs either column (of a table) or value, and not both",
  });

const columns = z.record(z.string().min(1), column);

const fieldmap = z.strictObject({
  /** Which planned images are parts of a field map. */
  fieldmap: expression,
  /** Which planned images it corrects. */
  for: expression,
  match: z.enum(["nearest", "all"]).default("nearest"),
  /** Only a field map and an image of which both are the same text belong together. */
  same: z.strictObject({ fieldmap: z.string().min(1), for: z.string().min(1) }).optional(),
});

/** A mapping as it is written; see `docs/how-to/convert.md`. */
export const mappingSchema = z.strictObject({
  version: z.literal(1),
  dataset: z.looseObject({ Name: z.string().min(1) }).catchall(json),
  readme: z.string().min(1).optional(),
  subject: z.string().min(1).optional(),
  session: visit.optional(),
  labels: z.enum(["kept", "keyed"]).default("kept"),
  dates: z.enum(["drop", "shift"]).default("drop"),
  /** Metadata that de-identification would remove, and that may stay. */
  keep: z.array(z.string().min(1)).default([]),
  tables: z.record(z.string().regex(/^[A-Za-z_]\w*$/, "is a name of letters, digits and _"), table).default({}),
  images: z.array(imageRule),
  ignore: z.array(ignoreRule).default([]),
  participants: z.strictObject({ columns }).optional(),
  sessions: z.strictObject({ date: z.string().min(1).optional(), columns: columns.default({}) }).optional(),
  phenotype: z
    .record(
      z.string().regex(/^[A-Za-z0-9_+-]+$/, "is the name of a file"),
      z.strictObject({ description: z.string().optional(), perSession: z.boolean().default(false), columns }),
    )
    .default({}),
  fieldmaps: z.array(fieldmap).default([]),
  unmatched: z.enum(["error", "report"]).default("error"),
});

/** A mapping as it is written, with its defaults filled in. */
export type WrittenMapping = z.output<typeof mappingSchema>;
/** A column of a table of the dataset as it is written. */
export type WrittenColumn = z.output<typeof column>;
/** A column by which rows are found, as it is written. */
export type WrittenKey = z.output<typeof keyColumn>;
