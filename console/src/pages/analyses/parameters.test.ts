import { expect, test } from "vitest";
import { parametersOf, readValue } from "./parameters.ts";

const manifest = {
  parameters: {
    type: "object",
    properties: {
      fraction: { type: "number", minimum: 0, maximum: 1, default: 0.5, description: "Of the brain." },
      method: { type: "string", enum: ["fast", "exact"] },
      smooth: { type: "boolean", default: false },
      steps: { type: "integer" },
      note: { type: "string", default: "" },
    },
  },
};

test("a form asks for each parameter as what it is", () => {
  expect(parametersOf(manifest).map(({ name, kind }) => [name, kind.type])).toEqual([
    ["fraction", "number"],
    ["method", "choice"],
    ["smooth", "yes-no"],
    ["steps", "number"],
    ["note", "text"],
  ]);
  expect(parametersOf({})).toEqual([]);
  expect(parametersOf({ parameters: "nonsense" })).toEqual([]);
});

test("what is written is sent as its type, and what is not written is left to the default", () => {
  const [fraction, method, smooth, steps, note] = parametersOf(manifest);
  expect(fraction && readValue(fraction, "0.25")).toBe(0.25);
  expect(method && readValue(method, "exact")).toBe("exact");
  expect(smooth && [readValue(smooth, "on"), readValue(smooth, null)]).toEqual([true, false]);
  expect(steps && readValue(steps, "")).toBeUndefined();
  expect(note && readValue(note, "x")).toBe("x");
});
