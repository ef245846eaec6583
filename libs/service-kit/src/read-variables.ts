import { Problem } from "@rollerblade/errors";
import { globalRegistry, type z } from "zod";

/** `sweepSeconds` under `ROLLERBLADE_CATALOG` is `ROLLERBLADE_CATALOG_SWEEP_SECONDS`. */
export const variableName = (prefix: string, setting: string): string =>
  `${prefix}_${setting.replace(/([a-z0-9])([A-Z])/g, "$1_$2")}`.replaceAll("-", "_").toUpperCase();

/** The name that a setting had before (`.meta({ formerly })`), under which it is still read; null where it never had another. */
const formerName = (schema: z.ZodObject, setting: string): string | null => {
  const { formerly } = globalRegistry.get(schema.shape[setting]) ?? {};
  return typeof formerly === "string" ? formerly : null;
};

/**
 * Reads the settings of a schema from environment variables; an empty variable counts as absent. `given` wins over both.
 * @throws Problem `invalid` with every variable that is wrong, by name, and what it should be
 */
export const readVariables = <Schema extends z.ZodObject>(
  prefix: string,
  schema: Schema,
  environment: NodeJS.ProcessEnv,
  given: Readonly<Record<string, unknown>> = {},
): z.output<Schema> => {
  const values: Record<string, unknown> = {};
  for (const setting of Object.keys(schema.shape)) {
    const names = [setting, formerName(schema, setting) ?? setting];
    const text = names
      .map((name) => environment[variableName(prefix, name)])
      .find((one) => one !== undefined && one !== "");
    const value = given[setting] ?? text;
    if (value !== undefined) values[setting] = value;
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw wrongVariables(prefix, values, parsed.error);
};

const wrongVariables = (prefix: string, values: Record<string, unknown>, error: z.ZodError): Problem => {
  const findings = error.issues.map(({ path, message }) => {
    const setting = String(path[0] ?? "");
    const missing = values[setting] === undefined;
    return { where: variableName(prefix, setting), message: missing ? `is not set: ${message}` : message };
  });
  const first = findings[0];
  return new Problem({
    code: "invalid",
    message: `${first?.where ?? prefix} ${first?.message ?? "is wrong"}.`,
    subject: first?.where ?? prefix,
    next: "Set the variables named here and start again.",
    findings,
  });
};
