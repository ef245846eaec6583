import {
  classify,
  datatypes,
  missingMetadata,
  nameRules,
  nearestName,
  readBidsIgnore,
  writeName,
} from "@rollerblade/abids";
import type { FileOutput, Manifest } from "./manifest.ts";
import { isJson, type OutputTemplate, outputTemplate } from "./output-template.ts";

/** An output that is published under a name for which BIDS has no rule. */
export type UnofficialOutput = {
  /** As the manifest calls it. */
  readonly output: string;
  /** The template of the manifest: `{entities}_desc-tissue_volumes.json`. */
  readonly template: string;
  /** Which rule the name breaks. */
  readonly reason: string;
  /** A template that BIDS has and that was probably meant, or null. */
  readonly nearest: string | null;
};

/**
 * Outputs of a manifest whose published names BIDS does not have, such as a table of volumes or a picture. They are
 * published all the same; the derivative dataset names them in its `.bidsignore`, as fMRIPrep's does for its reports
 * and transforms.
 */
export const unofficialOutputs = (manifest: Manifest): UnofficialOutput[] =>
  filesOf(manifest).flatMap((output) => {
    const reason = faultOfOutput(manifest, output);
    return reason === null
      ? []
      : [{ output: output.name, template: output.template, reason, nearest: nearestTemplate(manifest, output) }];
  });

/** An output whose sidecar will miss fields that BIDS requires, unless the program writes them. */
export type BareOutput = {
  /** As the manifest calls it. */
  readonly output: string;
  readonly template: string;
  /** Example: `SkullStripped`. */
  readonly fields: readonly string[];
};

/**
 * Outputs of a manifest that need fields which neither their `metadata` nor Rollerblade gives their sidecars, as far as names tell.
 */
export const bareOutputs = (manifest: Manifest): BareOutput[] =>
  filesOf(manifest).flatMap(({ name, template, metadata = {} }) => {
    const fields = typicalPaths(manifest, outputTemplate(template)).flatMap((path) => missingMetadata(path, metadata));
    return fields.length === 0 ? [] : [{ output: name, template, fields: [...new Set(fields)].sort() }];
  });

/**
 * Returns the patterns of `.bidsignore` for a folder of derivatives: one for each file that BIDS has no name for, and
 * one for its sidecar.
 * @param paths published files, relative to the folder; names that only some scans bring about are found among them
 */
export const ignorePatterns = (manifest: Manifest, paths: Iterable<string> = []): string[] => {
  const unofficial = new Set(unofficialOutputs(manifest).map(({ output }) => output));
  const patterns = filesOf(manifest)
    .filter(({ name }) => unofficial.has(name))
    .flatMap(({ template }) => patternsOf(outputTemplate(template)));
  const known = new Set(patterns);
  for (const path of paths) {
    if (faultOfPath(path) === null) continue;
    if (manifest.outputs.some((output) => "tree" in output)) known.add(patternInTree(path));
    for (const { template } of filesOf(manifest)) {
      const own = patternsOf(outputTemplate(template));
      if (own.some((pattern) => readBidsIgnore(pattern)(path))) for (const pattern of own) known.add(pattern);
    }
  }
  return [...known].sort();
};

/** The outputs whose names are known beforehand. */
const filesOf = ({ outputs }: Manifest): FileOutput[] =>
  outputs.flatMap((output) => ("tree" in output ? [] : [output]));

/**
 * The pattern for a file of a tree that BIDS has no name for, so that a few lines are enough for the files of thousands of people: a folder
 * that no datatype has is named as a whole, any other file with stars in the place of the labels of people and sessions. Example:
 * of `sub-01.html` it is `sub-*.html`.
 */
const patternInTree = (path: string): string => {
  const parts = path
    .split("/")
    .map((part) => part.replace(/^(sub|ses)-[A-Za-z0-9+]+/, "$1-*").replace(/_ses-[A-Za-z0-9+]+/, "_ses-*"));
  const own = parts.slice(0, -1).findIndex((part) => !/^(sub|ses)-\*$/.test(part) && !datatypes.has(part));
  // Without a slash behind it, since the official validator holds folders against patterns without one.
  return `/${(own < 0 ? parts : parts.slice(0, own + 1)).join("/")}`;
};

/** Why BIDS has no such name in a derivative dataset, or null. */
const faultOfPath = (path: string): string | null => {
  const is = classify(path, { type: "derivative", strict: true });
  return is.class === "invalid" ? is.reason : null;
};

/**
 * The fault of an output that has the name of a sidecar: no other output is one that it would describe (see `wouldDescribe`), and
 * validators refuse a sidecar without its file. JSON that is data of its own has none (BIDS, "Coordinate system").
 */
const faultOfLoneJson = (path: string): string | null => {
  const is = classify(path, { type: "derivative", strict: true });
  const isSidecar = is.class === "companion" || (is.class === "metadata" && is.kind === "sidecar");
  return isSidecar && path.endsWith(".json") && is.name?.suffix !== "coordsystem"
    ? "it is the name of a sidecar, and there is no file that it describes"
    : null;
};

/** What follows `{entities}`: `_desc-tissue_volumes.json`. */
const endOf = ({ entities, suffix, extension }: OutputTemplate): string =>
  `${pairsOf(entities)
    .map((pair) => `_${pair}`)
    .join("")}_${suffix}${extension}`;

const pairsOf = (entities: Readonly<Record<string, string>>): string[] =>
  Object.entries(entities).map(([key, value]) => `${key}-${value}`);

/**
 * Patterns that match the file and its sidecar for every slice; entities of the slice may stand before, between and
 * after its own.
 */
const patternsOf = (template: OutputTemplate): string[] =>
  (isJson(template) ? [template.extension] : [template.extension, ".json"]).map((extension) => {
    const pairs = pairsOf(template.entities);
    return `${["*", ...pairs.map((pair) => `${pair}*`)].join("")}${pairs.length > 0 ? "_" : ""}${template.suffix}${extension}`;
  });

/**
 * The fault of the name that the output has for a typical slice: the one that every datatype of the input would give
 * it.
 */
const faultOfOutput = (manifest: Manifest, output: FileOutput): string | null => {
  const faults = typicalPaths(manifest, outputTemplate(output.template)).map(
    (path) => faultOfPath(path) ?? faultOfLoneJson(path),
  );
  return faults.find((fault) => fault !== null) ?? null;
};

const nearestTemplate = (manifest: Manifest, output: FileOutput): string | null => {
  const template = outputTemplate(output.template);
  for (const path of typicalPaths(manifest, template)) {
    const nearest = nearestName(path);
    if (nearest === null || nearest === path || faultOfPath(nearest) !== null) continue;
    const { suffix, extension } = suffixOf(nearest);
    return `{entities}${endOf({ ...template, suffix, extension })}`;
  }
  return null;
};

const suffixOf = (path: string): { suffix: string; extension: string } => {
  const last = path.slice(path.lastIndexOf("_") + 1);
  const dot = last.indexOf(".");
  return { suffix: last.slice(0, dot), extension: last.slice(dot) };
};

/**
 * Paths that the output has for slices with the entities that BIDS requires of the first raw input, one for each of its
 * datatypes.
 */
const typicalPaths = (manifest: Manifest, template: OutputTemplate): string[] => {
  const path = (entities: Readonly<Record<string, string>>, datatype: string | null) =>
    writeName({
      entities: { ...entities, ...template.entities },
      datatype,
      suffix: template.suffix,
      extension: template.extension,
    });
  if (manifest.level === "dataset") return [path({}, null)];
  const sub = { sub: "01" };
  const raw = manifest.inputs.find((input) => input.kind === "raw");
  if (raw === undefined) return [path(sub, null)];
  const rules = nameRules.filter(
    (rule) => rule.raw && [raw.suffix].flat().some((suffix) => rule.suffixes.includes(suffix)),
  );
  const typical = rules.flatMap((rule) =>
    rule.datatypes
      .filter((datatype) => raw.datatype === null || raw.datatype === datatype)
      .map((datatype) => {
        const required = manifest.level === "scan" ? rule.required.filter((key) => key !== "ses") : [];
        const entities = Object.fromEntries(required.map((key) => [key, "1"]));
        return path({ ...entities, ...sub }, datatype);
      }),
  );
  return typical.length === 0 ? [path(sub, raw.datatype)] : typical;
};
