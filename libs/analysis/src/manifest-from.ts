import { didYouMean } from "@rollerblade/abids/nearest-names";
import { type Finding, Problem } from "@rollerblade/errors";
import type { z } from "zod";
import { checkManifest } from "./check-manifest.ts";
import type { Manifest } from "./manifest.ts";
import { knownFields, manifestSchema } from "./manifest-schema.ts";
import { writeOutShortForms } from "./short-forms.ts";
import { typeInWords } from "./type-in-words.ts";

/**
 * A manifest from its parsed form: as a person writes it, or as {@link Manifest} itself came out of JSON.
 * @throws Problem `invalid` with a finding for each fault
 */
export const manifestFrom = (value: unknown, file = "analysis.yaml"): Manifest => {
  const long = writeOutShortForms(value);
  const parsed = manifestSchema.safeParse(long);
  if (!parsed.success)
    throw refusedManifest(
      file,
      parsed.error.issues.flatMap((issue) => findingsOf(issue, long)),
    );
  const manifest: Manifest = {
    ...parsed.data,
    retry: { ...parsed.data.retry, memoryMax: parsed.data.retry.memoryMax ?? 4 * parsed.data.resources.memory },
  };
  const faults = checkManifest(manifest);
  if (faults.length > 0) throw refusedManifest(file, faults);
  return manifest;
};

/** The refusal of a manifest, with every fault that was found in it. */
export const refusedManifest = (file: string, findings: readonly Finding[]): Problem => {
  const first = findings[0];
  const more = findings.length > 1 ? ` (and ${findings.length - 1} more)` : "";
  return new Problem({
    code: "invalid",
    message: `${file}: ${first?.where}: ${first?.message}${more}.`,
    subject: file,
    next: "Correct the manifest; docs/how-to/write-an-analysis.md describes every field.",
    findings,
  });
};

const findingsOf = (issue: z.core.$ZodIssue, value: unknown): Finding[] => {
  if (issue.code === "unrecognized_keys") {
    const known = knownFields(issue.path);
    return issue.keys
      .map((key) => key.trim())
      .map((key) => ({
        where: issue.path.length === 0 ? key : `${placeOf(issue.path, value)}.${key}`,
        message: `unknown field "${key}"${didYouMean(key, known)}`,
      }));
  }
  const missing =
    issue.code === "invalid_type" && issue.input === undefined && /received undefined/.test(issue.message);
  return [{ where: placeOf(issue.path, value), message: missing ? "is missing" : typeInWords(issue.message) }];
};

/** A path as the author sees it: `inputs.t1w.suffix` instead of the position in the written-out list. */
const placeOf = (path: readonly PropertyKey[], value: unknown): string => {
  const [section, index, field, ...rest] = path;
  if ((section !== "inputs" && section !== "outputs" && section !== "assets") || typeof index !== "number")
    return path.join(".") || "manifest";
  const list: unknown = typeof value === "object" && value !== null ? Reflect.get(value, section) : undefined;
  const entry: unknown = Array.isArray(list) ? list[index] : undefined;
  const name: unknown = typeof entry === "object" && entry !== null ? Reflect.get(entry, "name") : undefined;
  const shown = field === "template" ? "name" : field === "entities" ? rest.shift() : field;
  return [section, String(name ?? index), ...(shown === undefined ? [] : [shown]), ...rest].join(".");
};
