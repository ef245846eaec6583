import type { JsonObject } from "@rollerblade/abids";
import type { TargetColumn } from "../mapping/mapping.ts";
import { type KeyedRow, type LoadedTable, labelOf } from "../survey/load-tables.ts";
import type { MatchedImage } from "./match-images.ts";
import type { PlanFinding } from "./planned-image.ts";

/** A person or a visit whose row in a table of the dataset is written. */
export type RowOwner = {
  /** Label in the dataset. */
  readonly subject: string;
  /** As the source names both. */
  readonly sourceSubject: string;
  readonly sourceSession: string | null;
  /** The day of the visit, as the source writes it. */
  readonly date: string | null;
  /** Any image of it, whose fields `value` may ask. */
  readonly image: MatchedImage;
};

/** Computes the cells of one row; what nobody knows is null. */
export const cellsOf = (
  owner: RowOwner,
  columns: readonly TargetColumn[],
  tables: readonly LoadedTable[],
  findings: PlanFinding[],
): readonly (string | null)[] => columns.map((column) => cellOf(owner, column, tables, findings));

const cellOf = (
  owner: RowOwner,
  column: TargetColumn,
  tables: readonly LoadedTable[],
  findings: PlanFinding[],
): string | null => {
  if (column.value !== null) return translated(column, column.value.text(owner.image.facts), owner, findings);
  const loaded = tables.find(({ table }) => table.name === column.table);
  if (loaded === undefined || column.column === undefined) return null;
  const rows = rowsOf(loaded, owner, findings);
  const cells = new Set(
    rows.flatMap(({ row }) => {
      const cell = row[column.column ?? ""] ?? "";
      return cell === "" || loaded.table.missing.has(cell) || column.missing.has(cell) ? [] : [cell];
    }),
  );
  const [only] = cells;
  if (cells.size > 1) {
    findings.push({
      severity: "error",
      where: loaded.path,
      message: `has ${rows.length} rows for ${owner.sourceSubject} that disagree on ${column.column}: ${[...cells].slice(0, 3).join(", ")}`,
    });
    return null;
  }
  return translated(column, only ?? null, owner, findings);
};

const translated = (
  column: TargetColumn,
  cell: string | null,
  owner: RowOwner,
  findings: PlanFinding[],
): string | null => {
  if (cell === null || cell === "" || column.missing.has(cell)) return null;
  if (column.values === undefined) return cell;
  const value = column.values[cell];
  if (value === undefined)
    findings.push({
      severity: "error",
      where: `column ${column.name}`,
      message: `${JSON.stringify(cell)} (of ${owner.subject}) is none of its values ${Object.keys(column.values).join(", ")}`,
    });
  return value === undefined ? null : String(value);
};

/** The rows of a person, or of the visit where the table tells visits apart. */
const rowsOf = (
  { table, path, rowsOf: byPerson }: LoadedTable,
  owner: RowOwner,
  findings: PlanFinding[],
): readonly KeyedRow[] => {
  const rows = byPerson.get(labelOf(owner.sourceSubject)) ?? [];
  if (table.nearest !== null && owner.date !== null) return nearestRow(rows, table.nearest, owner.date);
  if (table.session !== null && owner.sourceSession !== null) {
    const session = labelOf(owner.sourceSession);
    return requireOne(
      rows.filter((row) => row.session === session),
      path,
      owner,
      findings,
    );
  }
  // Rows of visits hold what does not change, such as the sex, more than once.
  return table.session !== null || table.nearest !== null ? rows : requireOne(rows, path, owner, findings);
};

const requireOne = (
  rows: readonly KeyedRow[],
  path: string,
  owner: RowOwner,
  findings: PlanFinding[],
): readonly KeyedRow[] => {
  if (rows.length <= 1) return rows;
  const who = [owner.sourceSubject, owner.sourceSession].filter((part) => part !== null).join(", ");
  const message = `has ${rows.length} rows for ${who}, and one is expected`;
  if (!findings.some((known) => known.where === path && known.message === message))
    findings.push({ severity: "error", where: path, message });
  return [];
};

const nearestRow = (
  rows: readonly KeyedRow[],
  { date, withinDays }: { readonly date: string; readonly withinDays: number },
  day: string,
): readonly KeyedRow[] => {
  const at = dayOf(day);
  if (at === null) return [];
  const ranked = rows
    .flatMap((row) => {
      const of = dayOf(row.row[date] ?? "");
      return of === null ? [] : [{ row, of, distance: Math.abs(of - at) }];
    })
    .filter(({ distance }) => distance <= withinDays)
    .sort((a, b) => a.distance - b.distance || a.of - b.of);
  return ranked.slice(0, 1).map(({ row }) => row);
};

/** Days on one axis: of a date (`2019-01-24`, `20190124`, `01/24/2019`), or a number of days (`d0757`, `757`). */
const dayOf = (text: string): number | null => {
  const [, year, month, day] = /^(\d{4})-?(\d\d)-?(\d\d)/.exec(text) ?? [];
  if (year !== undefined) return Date.UTC(Number(year), Number(month) - 1, Number(day)) / 86_400_000;
  const [, m, d, y] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  if (y !== undefined) return Date.UTC(Number(y), Number(m) - 1, Number(d)) / 86_400_000;
  const [, days] = /^d?(-?\d{1,6})(?:\.0+)?$/.exec(text) ?? [];
  return days === undefined ? null : Number(days);
};

/** The data dictionary of columns (BIDS, "Tabular files"). */
export const dictionaryOf = (columns: readonly TargetColumn[]): JsonObject =>
  Object.fromEntries(
    columns.flatMap(({ name, description, units, levels }) => {
      const entry = {
        ...(description !== undefined && { Description: description }),
        ...(units !== undefined && { Units: units }),
        ...(levels !== undefined && { Levels: levels }),
      };
      return Object.keys(entry).length === 0 ? [] : [[name, entry]];
    }),
  );
