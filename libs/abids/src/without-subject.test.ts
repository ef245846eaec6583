import { expect, test } from "vitest";
import { withoutSubject } from "./without-subject.ts";

const left = (table: string, subject = "01") => {
  const left = withoutSubject(Buffer.from(table), subject);
  if (!left.ok) return left.reason;
  return left.rest === null ? null : Buffer.from(left.rest).toString();
};

test.each([
  ["a line", "participant_id\tage\nsub-01\t20\nsub-02\t30\n", "participant_id\tage\nsub-02\t30\n"],
  ["a last line without its end", "participant_id\tage\nsub-02\t30\nsub-01\t20", "participant_id\tage\nsub-02\t30\n"],
  [
    "a byte order mark and CRLF",
    "\ufeffparticipant_id\tage\r\nsub-01\t20\r\nsub-02\té\r\n",
    "\ufeffparticipant_id\tage\r\nsub-02\té\r\n",
  ],
  [
    "the label alone, and several lines",
    "age\tparticipant_id\n1\t01\n2\tsub-01\n3\tsub-010\n",
    "age\tparticipant_id\n3\tsub-010\n",
  ],
  ["everybody", "participant_id\nsub-01\n", "participant_id\n"],
  ["nobody", "participant_id\nsub-02\n", null],
  ["a table of something else", "age\nsub-01\n", "has no column participant_id"],
  ["a misspelt column", "participants_id\tage\nsub-01\t20\n", "has no column participant_id"],
  ["capitals", "Participant_ID\tage\nsub-01\t20\n", "has no column participant_id"],
  ["commas", "participant_id,age\nsub-01,20\n", "has no column participant_id"],
  ["semicolons", "participant_id;age\nsub-01;20\n", "has no column participant_id"],
  ["quoted names", '"participant_id"\t"age"\n"sub-01"\t"20"\n', "has no column participant_id"],
  [
    "quoted cells",
    'participant_id\tage\n"sub-01"\t20\n',
    "line 2 does not name a subject: participant_id is not sub-<label>",
  ],
  ["no header", "sub-01\t20\nsub-02\t30\n", "has no column participant_id"],
  ["the column twice", "participant_id\tparticipant_id\nsub-01\tsub-02\n", "has the column participant_id twice"],
  ["blank lines", "participant_id\n\nsub-01\n\n", "participant_id\n\n\n"],
  ["carriage returns alone", "participant_id\tage\rsub-01\t20\rsub-02\t30\r", "participant_id\tage\rsub-02\t30\r"],
  ["an empty file", "", null],
])("%s", (_, table, expected) => {
  expect(left(table)).toBe(expected);
});
