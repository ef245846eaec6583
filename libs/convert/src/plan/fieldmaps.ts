import type { Json, JsonObject } from "@rollerblade/abids";
import type { Expression, QueryFacts } from "@rollerblade/query";
import type { FieldmapRule } from "../mapping/mapping.ts";
import type { PlanFinding, PlannedImage } from "./planned-image.ts";

/** Metadata that field maps add to images, by path: what they measure, what corrects them. */
export type FieldmapLinks = {
  readonly metadata: ReadonlyMap<string, JsonObject>;
  readonly findings: readonly PlanFinding[];
};

/** Images that together are one field map: all but suffix, direction and echo agree. */
type FieldmapSet = { readonly id: string; readonly images: readonly PlannedImage[]; readonly acquired: string | null };

/**
 * Computes `B0FieldIdentifier`, `B0FieldSource` and `IntendedFor`: within a session each image is corrected by the field map that
 * was acquired nearest to it in time, or by all (BIDS, "Expressing the MR protocol intent for fieldmaps").
 */
export const linkFieldmaps = (images: readonly PlannedImage[], rules: readonly FieldmapRule[]): FieldmapLinks => {
  const added = new Map<string, { [key: string]: Json }>();
  const findings: PlanFinding[] = [];
  const add = (path: string, key: string, value: string): void => {
    const of = added.get(path) ?? {};
    const known = of[key];
    const values = new Set([...(Array.isArray(known) ? known : []), value]);
    of[key] = [...values].sort();
    added.set(path, of);
  };
  for (const [index, rule] of rules.entries())
    for (const session of bySession(images)) {
      const maps = setsOf(
        session.filter((image) => isTrue(rule.fieldmap, image)),
        index,
      );
      const corrected = session.filter((image) => isTrue(rule.for, image));
      for (const image of corrected) {
        const fitting = maps.filter((map) => isSame(rule, map, image));
        const used = rule.match === "all" ? fitting : nearest(fitting, image);
        if (used.length === 0)
          findings.push({
            severity: "warning",
            where: image.path,
            message: `no field map of rule ${index + 1} is there for it`,
          });
        for (const { id, images: parts } of used) {
          add(image.path, "B0FieldSource", id);
          for (const { path } of parts) add(path, "IntendedFor", `bids::${image.path}`);
        }
      }
      for (const { id, images: parts } of maps) for (const { path } of parts) add(path, "B0FieldIdentifier", id);
    }
  return { metadata: new Map([...added].map(([path, fields]) => [path, single(fields)])), findings };
};

/** A single identifier is written as a text. */
const single = (fields: { readonly [key: string]: Json }): JsonObject =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => {
      const only = Array.isArray(value) && value.length === 1 && key !== "IntendedFor" ? value[0] : undefined;
      return [key, only ?? value];
    }),
  );

const bySession = (images: readonly PlannedImage[]): readonly (readonly PlannedImage[])[] => [
  ...Map.groupBy(images, ({ subject, session }) => JSON.stringify([subject, session])).values(),
];

/** `same`: a text of the field map and one of the image, which has to be that of some image of the field map. */
const isSame = ({ same }: FieldmapRule, { images }: FieldmapSet, image: PlannedImage): boolean => {
  if (same === null) return true;
  const wanted = same.for.text(targetFacts(image));
  return wanted !== null && images.some((part) => same.fieldmap.text(targetFacts(part)) === wanted);
};

const isTrue = (expression: Expression, image: PlannedImage): boolean => {
  const verdict = expression.evaluate(targetFacts(image));
  return "value" in verdict && verdict.value;
};

const targetFacts = ({ path, suffix, datatype, entities, metadata, parts: [first] }: PlannedImage): QueryFacts => ({
  target: { ...entities, path, suffix, datatype },
  metadata: { ...first.image.sidecar, ...metadata },
});

/** Identifiers hold letters, digits and _, so that they can be names in scripts. */
const setsOf = (images: readonly PlannedImage[], rule: number): readonly FieldmapSet[] => {
  const sets = Map.groupBy(images, ({ entities: { dir: _, echo: __, ...entities } }) =>
    JSON.stringify(Object.entries(entities).sort()),
  );
  return [...sets.values()].map((parts, index): FieldmapSet => {
    const [first] = parts;
    const place = [first?.subject, first?.session].flatMap((label) => label ?? []).join("_");
    const times = parts.flatMap(({ acquired }) => acquired ?? []).sort();
    return { id: `B0map_${place}_${rule}${index}`, images: parts, acquired: times[0] ?? null };
  });
};

const nearest = (maps: readonly FieldmapSet[], image: PlannedImage): readonly FieldmapSet[] => {
  const time = secondsOf(image.acquired);
  const ranked = maps
    .map((map) => ({ map, distance: Math.abs((secondsOf(map.acquired) ?? Number.MAX_VALUE) - (time ?? 0)) }))
    .sort((a, b) => a.distance - b.distance);
  return ranked.slice(0, 1).map(({ map }) => map);
};

/** Seconds on one axis, from `20190124T103514.000000` or `T103514`. */
const secondsOf = (acquired: string | null): number | null => {
  const [, date, hours, minutes, seconds] = /^(\d{8})?T(\d\d)(\d\d)(\d\d(?:\.\d+)?)/.exec(acquired ?? "") ?? [];
  if (hours === undefined) return null;
  const day =
    date === undefined
      ? 0
      : Date.UTC(Number(date.slice(0, 4)), Number(date.slice(4, 6)) - 1, Number(date.slice(6))) / 1_000;
  return day + Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds);
};
