import { z } from "zod";

/** What a parameter can be, as a form asks for it. */
export type ParameterKind =
  | { readonly type: "text" }
  | { readonly type: "yes-no" }
  | { readonly type: "choice"; readonly values: readonly string[] }
  | {
      readonly type: "number";
      readonly isWhole: boolean;
      readonly minimum: number | undefined;
      readonly maximum: number | undefined;
    };

/** One parameter of an analysis. */
export type Parameter = {
  readonly name: string;
  readonly description: string;
  readonly preset: string | number | boolean | undefined;
  readonly kind: ParameterKind;
};

/** The part of JSON Schema that parameters use. */
const schema = z.object({
  properties: z
    .record(
      z.string(),
      z.object({
        type: z.string().catch("string"),
        description: z.string().catch(""),
        default: z.union([z.string(), z.number(), z.boolean()]).optional().catch(undefined),
        enum: z
          .array(z.union([z.string(), z.number()]))
          .optional()
          .catch(undefined),
        minimum: z.number().optional().catch(undefined),
        maximum: z.number().optional().catch(undefined),
      }),
    )
    .catch({}),
});

/** The parameters of a manifest, in its order; what is no simple value is asked for as text. */
export const parametersOf = (manifest: { readonly parameters?: unknown }): Parameter[] => {
  const parsed = schema.safeParse(manifest.parameters ?? {});
  if (!parsed.success) return [];
  return Object.entries(parsed.data.properties).map(([name, { description, default: preset, ...rest }]) => ({
    name,
    description,
    preset,
    kind: kindOf(rest),
  }));
};

type Described = {
  readonly type: string;
  readonly enum?: readonly (string | number)[] | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
};

const kindOf = ({ type, enum: values, minimum, maximum }: Described): ParameterKind => {
  if (values !== undefined) return { type: "choice", values: values.map(String) };
  if (type === "boolean") return { type: "yes-no" };
  if (type === "number" || type === "integer") return { type: "number", isWhole: type === "integer", minimum, maximum };
  return { type: "text" };
};

/** What a form says of a parameter; undefined where it says nothing, so that the default counts. */
export const readValue = ({ kind, preset }: Parameter, written: unknown): string | number | boolean | undefined => {
  if (kind.type === "yes-no") return written !== null && written !== undefined;
  const text = typeof written === "string" ? written : "";
  if (text === "") return undefined;
  const isNumber = kind.type === "number" || (kind.type === "choice" && typeof preset === "number");
  return isNumber ? Number(text) : text;
};
