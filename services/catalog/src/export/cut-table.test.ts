import { expect, test } from "vitest";
import { cutTable } from "./cut-table.ts";

const cut = (table: string, column: string, ...wanted: string[]) => {
  const { content, rows, isWhole } = cutTable(Buffer.from(table), column, (cell) => wanted.includes(cell));
  return [Buffer.from(content).toString(), rows, isWhole];
};

test.each([
  ["with line feeds", "participant_id\tage\na\t1\nb\t2\n", "participant_id\tage\nb\t2\n"],
  ["without a last line ending", "participant_id\tage\na\t1\nb\t2", "participant_id\tage\nb\t2"],
  [
    "with a byte order mark and CRLF",
    "\ufeffparticipant_id\tage\r\na\t1\r\nb\t2\r\n",
    "\ufeffparticipant_id\tage\r\nb\t2\r\n",
  ],
  ["with the column elsewhere", "age\tparticipant_id\n1\ta\n2\tb \n", "age\tparticipant_id\n2\tb \n"],
  ["with other scripts", "participant_id\tname\na\tÄnne\nb\t日本\n", "participant_id\tname\nb\t日本\n"],
])("a table %s keeps the lines that are wanted, byte by byte", (_, table, left) => {
  expect(cut(table, "participant_id", "b")).toEqual([left, 1, false]);
});

test("a name in another script is found", () => {
  expect(cut("filename\nanat/ä.nii\nanat/b.nii\n", "filename", "anat/ä.nii")).toEqual([
    "filename\nanat/ä.nii\n",
    1,
    false,
  ]);
});

test.each([
  ["without the column", "age\n1\n", 1],
  ["of which everything is wanted", "participant_id\nb\n", 1],
  ["without lines", "participant_id\n", 0],
  ["that is empty", "", 0],
])("a table %s is kept whole", (_, table, rows) => {
  expect(cut(table, "participant_id", "b")).toEqual([table, rows, true]);
});

test("ragged lines are no reason to stop", () => {
  expect(cut("x\tparticipant_id\n1\n2\tb\t3\n", "participant_id", "b")).toEqual([
    "x\tparticipant_id\n2\tb\t3\n",
    1,
    false,
  ]);
});
