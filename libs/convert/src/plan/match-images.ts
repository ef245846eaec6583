import type { JsonObject } from "@rollerblade/abids";
import type { Expression, QueryFacts } from "@rollerblade/query";
import type { IgnoreRule, ImageRule, Mapping, RuleSource } from "../mapping/mapping.ts";
import type { Captures } from "../mapping/path-pattern.ts";
import { folderOf, nameOf, type SourceFile } from "../source/source-file.ts";
import { type LoadedTable, labelOf, valuesOf } from "../survey/load-tables.ts";
import type { SourceImage } from "../survey/source-image.ts";

/** An image with the rule that speaks of it, and everything that its templates may ask. */
export type MatchedImage = {
  readonly image: SourceImage;
  readonly rule: ImageRule;
  /** The person and visit as the source names them. */
  readonly subject: string;
  readonly session: string | null;
  readonly facts: QueryFacts;
};

/** What became of an image: a rule, a reason to ignore it, or nothing, with what came nearest. */
export type Match =
  | { readonly is: "matched"; readonly matched: MatchedImage }
  | { readonly is: "ignored"; readonly reason: string }
  | { readonly is: "several"; readonly rules: readonly string[] }
  | { readonly is: "unnamed"; readonly rule: string; readonly message: string }
  | { readonly is: "unmatched"; readonly why: string };

/** Finds the one rule for an image. Several are an error: which of them was meant, nobody knows. */
export const matchImage = (image: SourceImage, mapping: Mapping, tables: readonly LoadedTable[]): Match => {
  const candidates = mapping.images.flatMap((rule) => candidateOf(image, rule, tables) ?? []);
  const matched = candidates.filter(({ verdict }) => verdict === "yes");
  const [first, second] = matched;
  if (second !== undefined) return { is: "several", rules: matched.map(({ rule }) => rule.name) };
  if (first !== undefined) {
    const { rule, facts, subject, session } = first;
    if (subject === null || labelOf(subject) === "")
      return { is: "unnamed", rule: rule.name, message: `its subject (${rule.subject.source}) is unknown` };
    if (rule.session !== null && (session === null || labelOf(session) === ""))
      return { is: "unnamed", rule: rule.name, message: `its session (${rule.session.source}) is unknown` };
    return { is: "matched", matched: { image, rule, subject, session, facts } };
  }
  const reason = ignoredBecause(mapping.ignore, image);
  if (reason !== null) return { is: "ignored", reason };
  const unknown = candidates.flatMap(({ rule, verdict }) =>
    typeof verdict === "object" ? [`${rule.name} asks ${verdict.unknown.join(", ")}, which is unknown`] : [],
  );
  return { is: "unmatched", why: unknown.length > 0 ? unknown.join("; ") : "no rule speaks of it" };
};

/** Whether a file that is no image is left out on purpose, and why. */
export const ignoredFile = (rules: readonly IgnoreRule[], file: SourceFile): string | null => {
  for (const { source, where, reason } of rules) {
    const captures = source.kind === "files" ? source.pattern.match(file.path) : null;
    if (captures !== null && holds(where, { capture: captures, file: fileFacts(file.path, file.size) }) === "yes")
      return reason;
  }
  return null;
};

const ignoredBecause = (rules: readonly IgnoreRule[], image: SourceImage): string | null => {
  for (const { source, where, reason } of rules) {
    const captures = capturesOf(source, image);
    if (captures !== null && holds(where, factsOf(image, captures)) === "yes") return reason;
  }
  return null;
};

/** A rule for files speaks of loose images; one that ignores speaks of whole series by their first file, too. */
const capturesOf = ({ kind, pattern }: RuleSource, image: SourceImage): Captures | null =>
  kind === image.kind ? pattern.match(image.path) : null;

type Verdict = "yes" | "no" | { readonly unknown: readonly string[] };

const holds = (where: Expression | null, facts: QueryFacts): Verdict => {
  if (where === null) return "yes";
  const verdict = where.evaluate(facts);
  return "unknown" in verdict ? verdict : verdict.value ? "yes" : "no";
};

const candidateOf = (image: SourceImage, rule: ImageRule, tables: readonly LoadedTable[]) => {
  const captures = capturesOf(rule.source, image);
  if (captures === null) return null;
  const bare = factsOf(image, captures);
  const subject = rule.subject.text(bare);
  const session = rule.session?.text(bare) ?? null;
  const facts = { ...bare, table: rowsFor(tables, subject, session) };
  return { rule, facts, subject, session, verdict: holds(rule.where, facts) };
};

const factsOf = (image: SourceImage, captures: Captures): QueryFacts => ({
  capture: captures,
  file: fileFacts(image.path, image.files[0]?.size ?? 0),
  series: image.series ?? {},
  sidecar: image.sidecar,
  ...(image.image !== null && { image: image.image }),
});

const fileFacts = (path: string, size: number): JsonObject => ({
  path,
  name: nameOf(path),
  folder: folderOf(path),
  size,
});

/** By table: the row of this person and visit, where there is exactly one. */
const rowsFor = (tables: readonly LoadedTable[], subject: string | null, session: string | null): JsonObject => {
  if (subject === null) return {};
  const rows: { [name: string]: JsonObject } = {};
  for (const { table, rowsOf } of tables) {
    const ofSubject = rowsOf.get(labelOf(subject)) ?? [];
    const found = ofSubject.filter(({ session: of }) => of === null || session === null || of === labelOf(session));
    const [only] = found;
    if (only !== undefined && found.length === 1) rows[table.name] = withoutMissing(valuesOf(only.row), table.missing);
  }
  return rows;
};

const withoutMissing = (row: Readonly<Record<string, string | number>>, missing: ReadonlySet<string>): JsonObject =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => !missing.has(String(value))));
