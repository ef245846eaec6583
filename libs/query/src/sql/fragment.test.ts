import { expect, test } from "vitest";
import { bound, fragment, join, raw, toStatement } from "./fragment.ts";

test("parameters are numbered in the order in which they are written, whatever is nested in what", () => {
  const subject = fragment`scan.subject = ${bound("01", "text")}`;
  const either = fragment`(${subject} or scan.size > ${bound(5, "float8")})`;
  expect(
    toStatement(
      fragment`select ${raw("scan.path")} where scan.dataset = any(${bound(["a", "b"], "text[]")}) and ${either}`,
    ),
  ).toEqual({
    text: "select scan.path where scan.dataset = any($1::text[]) and (scan.subject = $2::text or scan.size > $3::float8)",
    values: [["a", "b"], "01", 5],
  });
});

test("a fragment that is repeated binds its value once, an equal value of another fragment apart", () => {
  const [one, other] = [bound("x", "text"), bound("x", "text")];
  expect(toStatement(fragment`${one} = ${other} or ${one} = ''`)).toEqual({
    text: "$1::text = $2::text or $1::text = ''",
    values: ["x", "x"],
  });
});

test.each([
  [[], "()"],
  [["a"], "(a)"],
  [["a", "b", "c"], "(a and b and c)"],
])("%j are joined as %s", (texts, text) => {
  expect(toStatement(fragment`(${join(texts.map(raw), " and ")})`)).toEqual({ text, values: [] });
});
