import type { Json } from "@rollerblade/abids";
import { type SliceFacts, sliceKey } from "@rollerblade/abids/facts";
import {
  type Column,
  compileColumn,
  type Fields,
  fragment,
  join,
  queryFactsOfScan,
  queryFields,
  raw,
  type SqlFragment,
  type SqlTables,
  standardFields,
  writeJson,
} from "@rollerblade/query";

/** Compiles the columns of a result of what there is now. @throws Problem `invalid` with the position of what is wrong */
export const compileColumns = (sources: readonly string[], fields: Fields = queryFields): Column[] =>
  sources.map((source) => compileColumn(source, fields));

/** The same for a pin, which keeps what was known of the scans themselves, and not what lay beside them. */
export const compilePinnedColumns = (sources: readonly string[]): Column[] => compileColumns(sources, standardFields);

/** Writes the values of columns in one row as a list of JSON, with null for what is unknown. */
export const rowValues = (columns: readonly Column[], tables: SqlTables): SqlFragment =>
  fragment`jsonb_build_array(${join(
    columns.map(({ ast }) => writeJson(ast, tables)),
    ", ",
  )})`;

/** Writes the values of columns over grouped rows: of each column a list of its known values, each once, or null. */
export const groupValues = (columns: readonly Column[], tables: SqlTables): SqlFragment =>
  fragment`jsonb_build_array(${join(
    columns.map(({ ast }) => {
      const value = writeJson(ast, tables);
      return fragment`jsonb_agg(distinct ${value}) filter (where ${value} is not null)`;
    }),
    ", ",
  )})`;

/** No columns take no time. */
export const noValues = raw("null::jsonb");

/** One value of several scans is that value, several are a list, and none is null. */
export const valueOfGroup = (values: readonly Json[] | null): Json => {
  const [only = null] = values ?? [];
  return values !== null && values.length > 1 ? [...values] : only;
};

const distinct = (values: readonly (Json | undefined)[]): Json[] => {
  const known = new Map<string, Json>();
  for (const value of values) if (value !== undefined) known.set(JSON.stringify(value), value);
  return [...known].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
};

/** The values of columns in slices whose facts were kept, by {@link sliceKey}. */
export const valuesOfSlices = (
  slices: readonly (SliceFacts & { readonly matched?: readonly string[] })[],
  columns: readonly Column[],
): ReadonlyMap<string, Json[]> =>
  new Map(
    slices.map(({ slice, scans, matched }) => {
      const facts = scans
        .filter(({ path }) => matched === undefined || matched.includes(path))
        .map((scan) => queryFactsOfScan(scan));
      return [
        sliceKey(slice),
        columns.map(({ evaluate }) => valueOfGroup(distinct(facts.map((one) => evaluate(one))))),
      ];
    }),
  );
