import { type Entities, type JsonObject, writeName } from "@rollerblade/abids";
import { Problem } from "@rollerblade/errors";
import type { Column } from "@rollerblade/query";
import { datatypesOf } from "../mapping/read-mapping.ts";
import { labelOf } from "../survey/load-tables.ts";
import type { MatchedImage } from "./match-images.ts";
import type { PlanFinding, PlannedImage } from "./planned-image.ts";

/** An image of the source that another one was chosen over. */
export type NotChosen = { readonly matched: MatchedImage; readonly reason: string };

/** The images of a dataset, and what was left out on the way. */
export type Targets = {
  readonly images: readonly PlannedImage[];
  readonly notChosen: readonly NotChosen[];
  readonly findings: readonly PlanFinding[];
};

/** The label of a person by its name in the source. */
export type LabelSubject = (source: string) => string;

/** A matched image with the name that it would have without a run. */
type Named = {
  readonly matched: MatchedImage;
  readonly subject: string;
  readonly session: string | null;
  readonly entities: Entities;
  readonly suffix: string;
  readonly datatype: string;
};

/**
 * Gives matched images their names: chooses, joins, numbers runs by the time of acquisition, and reports where two would have
 * one name. Never does the last one win.
 */
export const targetImages = (matched: readonly MatchedImage[], labelSubject: LabelSubject): Targets => {
  const findings: PlanFinding[] = [];
  const notChosen: NotChosen[] = [];
  const groups = new Map<string, Named[]>();
  const visits = numberVisits(matched);
  for (const one of matched) {
    const named = nameOf(one, labelSubject, visits, findings);
    if (named === null) continue;
    const key = JSON.stringify([named.subject, named.session, named.datatype, named.suffix, sorted(named.entities)]);
    const group = groups.get(key) ?? [];
    group.push(named);
    groups.set(key, group);
  }
  const images = [...groups.values()].flatMap((group) => namedGroup(group, notChosen, findings));
  return { images: images.sort((a, b) => (a.path < b.path ? -1 : 1)), notChosen, findings };
};

const sorted = (entities: Entities): readonly (readonly [string, string])[] =>
  Object.entries(entities).sort(([a], [b]) => (a < b ? -1 : 1));

/** By person: the numbers of visits whose names are dates, in the order of these. Dates stay out of the dataset. */
const numberVisits = (matched: readonly MatchedImage[]): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const numbered = matched.filter(({ rule, session }) => rule.isNumbered && session !== null);
  return new Map(
    [...Map.groupBy(numbered, ({ subject }) => subject)].map(([subject, visits]) => {
      const sessions = [...new Set(visits.flatMap(({ session }) => session ?? []))].sort((a, b) =>
        compare(numeric(a), numeric(b)),
      );
      return [subject, new Map(sessions.map((session, index) => [session, String(index + 1)]))];
    }),
  );
};

const sessionOf = (
  { rule, subject, session }: MatchedImage,
  visits: ReturnType<typeof numberVisits>,
): string | null => {
  if (session === null) return null;
  return rule.isNumbered ? (visits.get(subject)?.get(session) ?? null) : labelOf(session);
};

const nameOf = (
  matched: MatchedImage,
  labelSubject: LabelSubject,
  visits: ReturnType<typeof numberVisits>,
  findings: PlanFinding[],
): Named | null => {
  const { rule, image, facts } = matched;
  const refuse = (message: string): null => {
    findings.push({ severity: "error", where: image.path, message: `${message} (${rule.name})` });
    return null;
  };
  const [subject, session] = [labelSubject(matched.subject), sessionOf(matched, visits)];
  const named = {
    ...facts,
    subject: { label: subject, source: matched.subject },
    session: { label: session, source: matched.session },
  };
  const entities: { [key: string]: string } = {};
  for (const [key, template] of Object.entries(rule.entities)) {
    const value = template.text(named);
    if (value === null) return refuse(`${key} is unknown: ${template.source}`);
    const label = labelOf(value);
    if (label !== "") entities[key] = label;
  }
  if (rule.run !== null && rule.run !== "acquisition") {
    const run = rule.run.text(named);
    if (run === null) return refuse(`run is unknown: ${rule.run.source}`);
    if (run !== "") entities.run = run;
  }
  const suffix = rule.suffix.text(named);
  if (suffix === null) return refuse(`the suffix is unknown: ${rule.suffix.source}`);
  const datatype = rule.datatype === null ? (datatypesOf(suffix)[0] ?? null) : rule.datatype.text(named);
  if (datatype === null) return refuse(`the datatype is unknown`);
  return { matched: { ...matched, facts: named }, subject, session, entities, suffix, datatype };
};

const namedGroup = (
  group: readonly Named[],
  notChosen: NotChosen[],
  findings: PlanFinding[],
): readonly PlannedImage[] => {
  const [first] = group;
  if (first === undefined) return [];
  const rules = new Set(group.map(({ matched }) => matched.rule));
  if (rules.size > 1)
    return collide(
      group,
      findings,
      `several rules give them this name: ${[...rules].map(({ name }) => name).join(", ")}`,
    );
  const { rule } = first.matched;
  const chosen = rule.choose === null ? group : chooseOne(group, rule.choose, notChosen);
  if (rule.join !== null) {
    const parts = inOrder(chosen, rule.join, findings);
    return parts === null ? [] : planned(first, parts, null, findings);
  }
  const [only, ...others] = chosen;
  if (only === undefined) return [];
  if (others.length === 0) return planned(only, [only.matched], null, findings);
  if (rule.run !== "acquisition")
    return collide(
      chosen,
      findings,
      "write run: acquisition to number them, choose: to take one, or tell them apart in to:",
    );
  const times = chosen.map(({ matched }) => timeOf(matched));
  if (times.includes(null) || new Set(times).size < times.length)
    return collide(
      chosen,
      findings,
      "run: acquisition needs the time of acquisition of each, and no two at the same time",
    );
  const byTime = [...chosen].sort((a, b) => ((timeOf(a.matched) ?? "") < (timeOf(b.matched) ?? "") ? -1 : 1));
  return byTime.flatMap((named, index) => planned(named, [named.matched], String(index + 1), findings));
};

/** Parts of one series (echoes, magnitude and phase) were acquired at one time, and are told apart by other entities. */
const timeOf = ({ image }: MatchedImage): string | null => image.acquired;

const collide = (group: readonly Named[], findings: PlanFinding[], advice: string): readonly PlannedImage[] => {
  const [first] = group;
  if (first === undefined) return [];
  const sources = group.map(({ matched }) => matched.image.path);
  const name = pathOf(first, null) ?? first.suffix;
  findings.push({
    severity: "error",
    where: name,
    message: `${sources.length} images would have this one name: ${sources.slice(0, 5).join(", ")}${sources.length > 5 ? " …" : ""}; ${advice}`,
  });
  return [];
};

/** Unknown values come last, and among equals the first by path is taken. */
const chooseOne = (
  group: readonly Named[],
  { by, best }: { readonly by: Column; readonly best: "highest" | "lowest" },
  notChosen: NotChosen[],
): readonly Named[] => {
  const valued = group.map((named) => ({ named, value: by.evaluate(named.matched.facts) }));
  const known = valued.filter(({ value }) => typeof value === "number" || typeof value === "string");
  const ranked = (known.length > 0 ? known : valued).sort((a, b) => {
    const order = compare(a.value, b.value) || (a.named.matched.image.path < b.named.matched.image.path ? -1 : 1);
    return best === "highest" && compare(a.value, b.value) !== 0 ? -order : order;
  });
  const [top] = ranked;
  if (top === undefined) return [];
  for (const { named, value } of valued)
    if (named !== top.named)
      notChosen.push({
        matched: named.matched,
        reason: `not chosen: ${by.source} is ${shown(value)}, and ${shown(top.value)} in ${top.named.matched.image.path} (${best} is best)`,
      });
  return [top.named];
};

const shown = (value: unknown): string => (value === undefined ? "unknown" : JSON.stringify(value));

const compare = (a: unknown, b: unknown): number => {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
};

const inOrder = (group: readonly Named[], by: Column, findings: PlanFinding[]): readonly MatchedImage[] | null => {
  const valued = group.map(({ matched }) => ({ matched, value: numeric(by.evaluate(matched.facts)) }));
  const texts = valued.map(({ value }) => JSON.stringify(value));
  if (valued.some(({ value }) => value === undefined) || new Set(texts).size < texts.length) {
    collide(group, findings, `join needs an order: ${by.source} is unknown, or the same, for some of them`);
    return null;
  }
  return valued.sort((a, b) => compare(a.value, b.value)).map(({ matched }) => matched);
};

/** Captures are texts; `02` and `10` are in the order of numbers. */
const numeric = (value: unknown): unknown => (typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value);

const pathOf = ({ subject, session, entities, suffix, datatype }: Named, run: string | null): string | null => {
  const all = { sub: subject, ...(session !== null && { ses: session }), ...entities, ...(run !== null && { run }) };
  try {
    return writeName({ entities: all, suffix, datatype, extension: ".nii.gz" });
  } catch (error) {
    if (error instanceof Problem) return null;
    throw error;
  }
};

const planned = (
  named: Named,
  [head, ...rest]: readonly MatchedImage[],
  run: string | null,
  findings: PlanFinding[],
): readonly PlannedImage[] => {
  if (head === undefined) return [];
  const path = pathOf(named, run);
  if (path === null) {
    findings.push({
      severity: "error",
      where: head.image.path,
      message: `no BIDS name has these entities: ${JSON.stringify({ ...named.entities, run })}`,
    });
    return [];
  }
  const { subject, session, suffix, datatype } = named;
  const entities: Entities = { ...named.entities, ...(run !== null && { run }) };
  const metadata: JsonObject = Object.fromEntries(
    Object.entries(head.rule.metadata).map(([key, value]) => [key, value(head.facts)]),
  );
  return [
    {
      parts: [head, ...rest],
      subject,
      session,
      entities,
      suffix,
      datatype,
      path,
      acquired: head.image.acquired,
      metadata,
    },
  ];
};
