import { expect, test } from "vitest";
import { mappingFields } from "./mapping-fields.ts";
import { compileTemplate } from "./template.ts";

const facts = { capture: { site: "Guys" }, sidecar: { EchoNumber: 2, SliceTiming: [0, 0.5] } };

test.each([
  ["a text without expressions is itself", "bold", "bold"],
  ["an expression stands among text", "acq-$" + "{capture.site}", "acq-Guys"],
  ["a number is written as text", "$" + "{sidecar.EchoNumber}", "2"],
  ["a brace in a text in quotes closes nothing", "$" + '{capture.site == "}" ? "a" : "b"}', "b"],
  ["what is unknown makes all of it unknown", "acq-$" + "{capture.nothing}", null],
])("%s", (_sentence, source, text) => {
  expect(compileTemplate(source, mappingFields).text(facts)).toBe(text);
});

test("a template that is one expression keeps its value", () => {
  expect(compileTemplate("$" + "{sidecar.SliceTiming}", mappingFields).value(facts)).toEqual([0, 0.5]);
});

test.each([
  ["$" + "{capture.site", "that nobody closes"],
  ["$" + "{scam.site}", "Unknown field scam.site"],
])("%s is refused", (source, message) => {
  expect(() => compileTemplate(source, mappingFields)).toThrow(message);
});
