import type { KeyColumn } from "@rollerblade/abids";
import { expect, test } from "vitest";
import { cutTable } from "./cut-table.ts";

const cut = (table: string, column: KeyColumn, ...wanted: string[]) => {
  const left = cutTable(Buffer.from(table), column, (key) => wanted.includes(key));
  return left === null ? null : [Buffer.from(left.content).toString(), left.rows, left.isWhole];
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
  ["of which everything is wanted", "participant_id\nb\n", 1],
  ["without lines", "participant_id\n", 0],
  ["that is empty", "", 0],
])("a table %s is kept whole", (_, table, rows) => {
  expect(cut(table, "participant_id", "b")).toEqual([table, rows, true]);
});

test.each([
  ["without the column", "age\n1\n"],
  ["of the name that an old converter wrote", "participants_id\tage\nb\t1\n"],
  ["in capitals", "Participant_ID\tage\nb\t1\n"],
  ["of commas", "participant_id,age\nb,1\n"],
  ["of semicolons", "participant_id;age\nb;1\n"],
  ["of blanks", "participant_id age\nb 1\n"],
  ["in quotes", '"participant_id"\t"age"\n"b"\t"1"\n'],
  ["without a header", "sub-a\t1\nsub-b\t2\n"],
  ["with the column twice", "participant_id\tparticipant_id\na\tb\n"],
])("a table %s is handed out to nobody", (_, table) => {
  expect(cut(table, "participant_id", "b")).toBeNull();
});

test.each(["utf16le", "ucs2"] as const)("a table in %s is handed out to nobody", (encoding) => {
  const content = Buffer.from("\ufeffparticipant_id\tage\nsub-b\t1\n", encoding);
  expect(cutTable(content, "participant_id", () => true)).toBeNull();
});

test("a scan that is written with ./ or a closing / is found", () => {
  const table = "filename\tacq_time\n./anat/a.nii.gz\t1\nmeg/b.ds/\t2\nanat/c.nii.gz\t3\n";
  expect(cut(table, "filename", "anat/a.nii.gz", "meg/b.ds")).toEqual([
    "filename\tacq_time\n./anat/a.nii.gz\t1\nmeg/b.ds/\t2\n",
    2,
    false,
  ]);
});

test("ragged lines are no reason to stop", () => {
  expect(cut("x\tparticipant_id\n1\n2\tb\t3\n", "participant_id", "b")).toEqual([
    "x\tparticipant_id\n2\tb\t3\n",
    1,
    false,
  ]);
});
