import type { Show } from "@rollerblade/pipeline";
import { expect, test } from "vitest";
import { extract } from "./extract.ts";

const metric = (pointer: string): Show => ({
  kind: "metric",
  value: { in: "json", pointer },
  unit: null,
  digits: null,
});
const column = (name: string): Show => ({
  kind: "metric",
  value: { in: "tsv", column: name },
  unit: null,
  digits: null,
});
const table = (columns: string[] | null): Show => ({ kind: "table", columns });

test.each<[string, Show, string, unknown, string]>([
  ["a number", metric("/gm"), '{"gm": 5.25}', 5.25, ""],
  ["a nested one", metric("/a/1/b~1c"), '{"a": [0, {"b/c": 7}]}', 7, ""],
  ["the document itself", metric(""), "5", 5, ""],
  ["text", metric("/a"), '{"a": "good"}', "good", ""],
  ["null", metric("/a"), '{"a": null}', null, ""],
  ["nothing there", metric("/b"), '{"a": 1}', null, "The file has nothing at /b."],
  ["a name that every object inherits", metric("/constructor"), "{}", null, "The file has nothing at /constructor."],
  ["a length", metric("/length"), "[1]", null, "The file has nothing at /length."],
  ["an object", metric("/a"), '{"a": {}}', null, "At /a stands no single value."],
  ["no JSON", metric("/a"), "{", null, "The file is not JSON."],
  ["a number beyond numbers", metric("/a"), '{"a": 1e999}', null, "The file is not JSON."],
  ["the first row", column("age"), "id\tage\n1\t24.5\n2\t30\n", 24.5, ""],
  ["n/a", column("age"), "id\tage\n1\tn/a\n", null, ""],
  ["no such column", column("aeg"), "id\tage\n1\t2\n", null, 'The table has no column aeg; did you mean "age"?'],
  ["no row", column("age"), "id\tage\n", null, "The table has no row."],
  ["an empty file", column("age"), "", null, "The table is empty: a table has a line with the names of its columns."],
])("a metric out of %s", (_, show, content, value, problem) => {
  const extracted = extract(show, Buffer.from(content));
  expect([extracted.value, extracted.problem]).toEqual([value, problem]);
});

test("a preview holds the wanted columns in their order, and says when there is more", () => {
  const rows = Array.from({ length: 101 }, (_, index) => `sub-${index}\t${index}\tn/a\n`).join("");
  const { preview } = extract(table(["age", "id"]), Buffer.from(`id\tage\tsex\n${rows}`));
  expect(preview?.columns).toEqual(["age", "id"]);
  expect(preview?.rows).toHaveLength(100);
  expect(preview?.rows[7]).toEqual([7, "sub-7"]);
  expect(preview?.more).toBe(true);
});

test("every column is shown where none are named", () => {
  const { preview } = extract(table(null), Buffer.from("id\tsex\nsub-1\tn/a\n"));
  expect(preview).toEqual({ columns: ["id", "sex"], rows: [["sub-1", null]], more: false });
});

test("what PostgreSQL cannot hold is replaced, and what is endless is cut", () => {
  const { value } = extract(metric("/a"), Buffer.from(JSON.stringify({ a: `\u0000\ud800${"x".repeat(5_000)}` })));
  expect(value).toMatch(/^\uFFFD\uFFFDx{998}…$/);
});

test("no bytes whatever make it throw", () => {
  for (const show of [metric("/a"), column("a"), table(null)]) {
    expect(() => extract(show, Buffer.from([0xff, 0xfe, 0x00, 0x80]))).not.toThrow();
  }
});
