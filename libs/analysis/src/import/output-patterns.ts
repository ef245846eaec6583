import { isJsonList, type Json, type JsonObject } from "@rollerblade/abids";
import type { DescriptorOutput, ReadableDescriptor } from "./descriptor.ts";

/** The patterns of a tree as they are written in a manifest. */
type Must = (string | string[])[];

/** The files that a descriptor says a program makes, as patterns of the folder that it is started in. */
export const mustOf = (descriptor: ReadableDescriptor): { readonly must: Must; readonly guessed: boolean } => {
  const required = descriptor["output-files"].filter(({ optional }) => !optional);
  const patterns = required.map((output) => templatesOf(output).map((template) => patternOf(template, descriptor)));
  const must = patterns.filter((oneOf) => oneOf.length > 0).map(oneOrMore);
  const unique = [...new Map(must.map((one) => [JSON.stringify(one), one])).values()];
  return { must: unique, guessed: unique.flat().some((pattern) => pattern.includes("*")) };
};

const oneOrMore = (oneOf: readonly string[]): string | string[] => {
  const [first = "", ...rest] = [...new Set(oneOf)];
  return rest.length === 0 ? first : [first, ...rest];
};

/** One template, or one for each condition: whichever of them holds, its file is there. */
const templatesOf = (output: DescriptorOutput): string[] => {
  const conditional = (output["conditional-path-template"] ?? []).flatMap((one) => Object.values(one));
  return output["path-template"] === undefined ? conditional : [output["path-template"], ...conditional];
};

/** A template with stars where values come in that are known only when the program runs. */
const patternOf = (template: string, { inputs }: ReadableDescriptor): string => {
  let pattern = globEscaped(template);
  for (const { "value-key": key } of inputs) if (key !== undefined) pattern = pattern.replaceAll(globEscaped(key), "*");
  pattern = pattern
    .replace(/^(\.\/|\/)+/, "")
    .replace(/\*+/g, "*")
    .replace(/(^|\/)\.\.(?=\/)/g, "$1*");
  // What is nothing but a value may lie anywhere, and may be a folder.
  return pattern === "" || /^[*/.]*$/.test(pattern) ? "**" : pattern;
};

const globEscaped = (text: string): string => text.replace(/[?[\]\\*]/g, "\\$&");

/** What nipoppy's tracker says that a finished run has, and whether it looks at sessions. */
export const trackedPatterns = (tracker: JsonObject): { readonly must: Must; readonly bySession: boolean } => {
  const paths = tracker.PATHS;
  const texts = (paths !== undefined && isJsonList(paths) ? paths : []).filter(
    (path: Json) => typeof path === "string",
  );
  return {
    must: texts.map((path) =>
      path
        .replaceAll("[[NIPOPPY_BIDS_PARTICIPANT_ID]]", "sub-{subject}")
        .replaceAll("[[NIPOPPY_PARTICIPANT_ID]]", "{subject}")
        .replaceAll("[[NIPOPPY_BIDS_SESSION_ID]]", "ses-{session}")
        .replaceAll("[[NIPOPPY_SESSION_ID]]", "{session}")
        .replace(/\[\[[A-Z_]+\]\]/g, "*")
        .replace(/^\/+/, ""),
    ),
    bySession: texts.some((path) => path.includes("SESSION_ID")),
  };
};
