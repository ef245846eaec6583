import type { Show } from "@rollerblade/pipeline";
import { describe, expect, it } from "vitest";
import { valueAt } from "./json-pointer.ts";
import { takeOut } from "./take-out.ts";

const metric = (value: { in: "json"; pointer: string } | { in: "tsv"; column: string }): Show => ({
  kind: "metric",
  value,
  unit: null,
  digits: null,
});
const taken = (show: Show, content: string) => takeOut(show, "volumes.json", Buffer.from(content));

describe("a JSON pointer", () => {
  const document = { a: [{ "x/y": 1 }], "~": 2, nothing: null };
  it.each([
    ["the whole document", "", document],
    ["a member of a member of a list", "/a/0/x~1y", 1],
    ["an escaped tilde", "/~0", 2],
    ["a null", "/nothing", null],
    ["nothing", "/b/c", undefined],
    ["nothing of what every object inherits", "/constructor", undefined],
  ])("finds %s", (_, pointer, value) => {
    expect(valueAt(document, pointer)).toEqual(value);
  });
});

describe("taking out", () => {
  it("gives the value at a pointer", () => {
    expect(taken(metric({ in: "json", pointer: "/brainVolume" }), '{"brainVolume": 1762.1}')).toEqual({
      kind: "value",
      value: 1762.1,
    });
  });
  it("gives the first row's cell of a column", () => {
    expect(taken(metric({ in: "tsv", column: "b" }), "a\tb\n1\tn/a\n")).toEqual({ kind: "value", value: null });
  });
  it("gives the columns of a table in the order that the tag wants", () => {
    expect(taken({ kind: "table", columns: ["b", "a"] }, "a\tb\n1\tx\n")).toEqual({
      kind: "table",
      table: { columns: ["b", "a"], rows: [["x", 1]], more: false },
    });
  });
  it.each([
    ["is not JSON", metric({ in: "json", pointer: "/a" }), "{"],
    ["has nothing there", metric({ in: "json", pointer: "/a" }), "{}"],
    ["has no such column", metric({ in: "tsv", column: "z" }), "a\n1\n"],
    ["has no row", metric({ in: "tsv", column: "a" }), "a\n"],
    ["has no such column in the table", { kind: "table", columns: ["z"] } satisfies Show, "a\n1\n"],
  ])("says why, when the file %s", (_, show, content) => {
    expect(taken(show, content)).toMatchObject({ kind: "unreadable" });
  });
});
