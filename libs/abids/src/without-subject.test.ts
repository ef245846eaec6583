import { expect, test } from "vitest";
import { withoutSubject } from "./without-subject.ts";

const left = (table: string, subject = "01") => {
  const rest = withoutSubject(Buffer.from(table), subject);
  return rest === null ? null : Buffer.from(rest).toString();
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
  ["a table of something else", "age\nsub-01\n", null],
  ["an empty file", "", null],
])("%s", (_, table, expected) => {
  expect(left(table)).toBe(expected);
});
