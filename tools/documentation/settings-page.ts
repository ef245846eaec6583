import { commonVariables, variableName } from "@rollerblade/service-kit";
import { z } from "zod";
import { services } from "../../bin/registry.ts";

/** What JSON Schema says of one setting, as far as the table shows it. */
const shown = z.object({
  type: z.string().optional(),
  enum: z.array(z.string()).optional(),
  anyOf: z.array(z.object({ type: z.string().optional() })).optional(),
  minimum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string(),
  /** What stands in the table instead of a default that depends on the machine. */
  standard: z.string().optional(),
  /** The name that the setting had before, under which it is still read. */
  formerly: z.string().optional(),
});

/**
 * Renders the reference of all settings as Markdown, from the schemas with which the services read them; docs/reference/settings.md is this
 * text. Every setting has to have a description.
 */
export const settingsPage = async (): Promise<string> => {
  const parts = [heading("All services", "Every service reads these."), ...table("ROLLERBLADE", commonVariables)];
  for (const [name, load] of Object.entries(services)) {
    const { config } = await load();
    const prefix = `ROLLERBLADE_${name}`;
    if (Object.keys(config.shape).length > 0) parts.push(heading(`\`${name}\``, ""), ...table(prefix, config));
  }
  return `${introduction}\n${parts.join("\n").replaceAll(/\n{3,}/g, "\n\n")}\n`;
};

const introduction = `<!-- Written by \`npm run settings:docs\` from the schemas of the services; do not edit. -->

# Settings

\`rollerblade serve SERVICE…\` reads its settings from the environment. A variable that is missing or wrong is named before anything
starts, with what it should be. An empty variable counts as one that is not set. [Configuration](configuration.md) describes what
belongs together.
`;

const heading = (title: string, text: string): string => `\n## ${title}\n${text === "" ? "" : `\n${text}\n`}`;

const table = (prefix: string, schema: z.ZodObject): readonly string[] => [
  "| variable | type | default | meaning |",
  "| --- | --- | --- | --- |",
  ...Object.entries(schema.shape).map(([name, field]) => row(prefix, name, field)),
];

const row = (prefix: string, name: string, field: z.core.$ZodType): string => {
  const variable = variableName(prefix, name);
  const read = shown.safeParse(z.toJSONSchema(field, { io: "input", unrepresentable: "any" }));
  if (!read.success) throw new Error(`${variable} cannot be described: ${z.prettifyError(read.error)}`);
  const unset = z.safeParse(field, undefined);
  const value = z.union([z.string(), z.number(), z.boolean()]).safeParse(unset.data).data ?? read.data.default;
  const standard = read.data.standard ?? (value === undefined ? "–" : `\`${value}\``);
  const { description, formerly } = read.data;
  const former = formerly === undefined ? "" : ` Still read as \`${variableName(prefix, formerly)}\`, its former name.`;
  return `| \`${variable}\` | ${typeOf(read.data)} | ${unset.success ? standard : "required"} | ${description.replaceAll("|", "\\|")}${former} |`;
};

const typeOf = (one: z.output<typeof shown>): string => {
  if (one.enum !== undefined) return one.enum.map((value) => `\`${value}\``).join(", ");
  if (one.anyOf?.some(({ type }) => type === "boolean")) return "`true`, `false`";
  if (one.type !== "number" && one.type !== "integer") return "text";
  const least = one.exclusiveMinimum === undefined ? one.minimum : undefined;
  const bounds = [
    one.exclusiveMinimum === undefined ? [] : [`above ${one.exclusiveMinimum}`],
    least === undefined ? [] : [`${least} or more`],
    one.maximum === undefined || one.maximum === Number.MAX_SAFE_INTEGER ? [] : [`at most ${one.maximum}`],
  ].flat();
  return [one.type === "integer" ? "whole number" : "number", ...bounds].join(", ");
};
