import { expect, test } from "vitest";
import { type CellsToSet, setCells } from "./set-cells.ts";

const of = (subject: string, cells: Record<string, string>, newColumns: string[] = []): CellsToSet => ({
  row: new Map([["participant_id", `sub-${subject}`]]),
  cells: new Map(Object.entries(cells)),
  newColumns: new Set(newColumns),
});

const set = (table: string | null, cells: CellsToSet): string | Record<string, unknown> => {
  const result = setCells(table === null ? null : Buffer.from(table), cells);
  return result.ok ? Buffer.from(result.content).toString() : result;
};

test.each([
  [
    "one cell, and no other byte",
    "participant_id\tage\nsub-01\t30\nsub-02\t4 \n",
    of("01", { age: "31" }),
    "participant_id\tage\nsub-01\t31\nsub-02\t4 \n",
  ],
  [
    "a label without its prefix",
    "age\tparticipant_id\r\n30\t01\r\n",
    of("01", { age: "31" }),
    "age\tparticipant_id\r\n31\t01\r\n",
  ],
  [
    "a table with a byte order mark and without a last line ending",
    "\u{FEFF}participant_id\tage\nsub-01\t30",
    of("01", { age: "31" }),
    "\u{FEFF}participant_id\tage\nsub-01\t31",
  ],
  [
    "a row that is missing",
    "participant_id\tage\tsex\nsub-01\t30\tF",
    of("02", { age: "31" }),
    "participant_id\tage\tsex\nsub-01\t30\tF\nsub-02\t31\tn/a\n",
  ],
  [
    "a column that may be new",
    "participant_id\nsub-01\nsub-02\n\n",
    of("02", { age: "31" }, ["age"]),
    "participant_id\tage\nsub-01\tn/a\nsub-02\t31\n\n",
  ],
  ["a table that is not there", null, of("02", { age: "31" }, ["age"]), "participant_id\tage\nsub-02\t31\n"],
  [
    "of two columns with one name the first",
    "participant_id\tage\tage\nsub-01\t1\t2\n",
    of("01", { age: "3" }),
    "participant_id\tage\tage\nsub-01\t3\t2\n",
  ],
])("sets %s", (_, table, cells, expected) => {
  expect(set(table, cells)).toBe(expected);
});

test("the row of a session is told by both labels", () => {
  const row = new Map([
    ["participant_id", "sub-01"],
    ["session_id", "ses-2"],
  ] as const);
  const result = set("participant_id\tsession_id\tbdi\nsub-01\tses-1\t3\nsub-01\tses-2\t4\n", {
    ...of("01", { bdi: "5" }),
    row,
  });
  expect(result).toBe("participant_id\tsession_id\tbdi\nsub-01\tses-1\t3\nsub-01\tses-2\t5\n");
});

test("what the cells held is answered, null where there was none", () => {
  const table = Buffer.from("participant_id\tage\nsub-01\t30\n");
  expect(setCells(table, of("01", { age: "31", sex: "F" }, ["sex"]))).toMatchObject({
    before: new Map([
      ["age", "30"],
      ["sex", null],
    ]),
  });
});

test.each([
  ["participant_id\tage\nsub-01\t30\n", of("01", { agee: "31" }), 'has no column "agee"; did you mean "age"?'],
  [
    "subject\tage\nsub-01\t30\n",
    of("01", { age: "31" }),
    "has no column participant_id, so that nobody can tell whose row is whose",
  ],
  [
    "participant_id\tage\nsub-01\t1\nsub-01\t2\n",
    of("01", { age: "31" }),
    "has 2 rows of sub-01, and one of them is meant",
  ],
  ["participant_id\tage\nsub-01\n", of("01", { age: "31" }), "line 2 has 1 cells where the table has 2 columns"],
  [
    "participant_id\tage\nsub-01\t30\n",
    of("01", { participant_id: "sub-02" }),
    "names its rows by participant_id, which stays",
  ],
  ["", of("01", { age: "31" }), "is empty: a table has a line with the names of its columns"],
])("%j is refused", (table, cells, reason) => {
  expect(set(table, cells)).toEqual({ ok: false, reason });
});

test("a table in another encoding is refused", () => {
  expect(setCells(Buffer.from("participant_id\tnom\nsub-01\té\n", "latin1"), of("01", { nom: "a" }))).toEqual({
    ok: false,
    reason: "is not UTF-8 text",
  });
});
