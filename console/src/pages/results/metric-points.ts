import type { Result, SliceSummary } from "@rollerblade/client";

/** One value of a metric with what it is plotted against. */
export type MetricPoint = {
  readonly id: string;
  readonly slice: Result["slice"];
  readonly value: number;
  readonly age: number | null;
  readonly sex: string | null;
  readonly session: string | null;
};

/** The metrics that have numbers, by tag, each with the title of its newest result. */
export const numericTags = (results: readonly Result[]): readonly (readonly [tag: string, title: string])[] => [
  ...new Map(
    results.flatMap(({ kind, tag, title, value }) =>
      kind === "metric" && typeof value === "number" ? [[tag, title] as const] : [],
    ),
  ),
];

/** Joins the values of a metric with the age and the sex of whom they are about. `people` has these two as columns. */
export const pointsOf = (
  results: readonly Result[],
  tag: string,
  people: readonly Pick<SliceSummary, "slice" | "values">[],
): readonly MetricPoint[] => {
  const byPerson = new Map(people.map((person) => [personKey(person.slice), person.values ?? []]));
  return results.flatMap(({ id, slice, tag: own, value }) => {
    if (own !== tag || typeof value !== "number") return [];
    const [age, sex] = byPerson.get(personKey(slice)) ?? byPerson.get(personKey({ ...slice, session: null })) ?? [];
    return {
      ...{ id, slice, value, session: slice.session },
      age: typeof age === "number" ? age : null,
      sex: typeof sex === "string" ? sex : null,
    };
  });
};

const personKey = ({ subject, session }: Pick<Result["slice"], "subject" | "session">): string =>
  JSON.stringify([subject, session]);

const csvCell = (value: string | number | null): string => {
  if (value === null) return "";
  const text = String(value);
  // A cell that a spreadsheet would take for a formula is given as text.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Points as CSV (RFC 4180), one line each. */
export const pointsCsv = (metric: string, points: readonly MetricPoint[]): string => {
  const rows = points.map(({ slice, age, sex, value }) => [
    ...[slice.dataset, slice.subject, slice.session, slice.scan, age, sex, value],
  ]);
  return [["dataset", "subject", "session", "scan", "age", "sex", metric], ...rows]
    .map((row) => row.map(csvCell).join(","))
    .join("\r\n")
    .concat("\r\n");
};
