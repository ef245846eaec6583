import { expect, test } from "vitest";
import { parseInputs } from "./parse-inputs.ts";

test("versions and parameters of one input come together", () => {
  expect(
    parseInputs(["mask=brain-mask@>=1.0.0 <2", "vol=vol"], ["mask.threshold=0.7", "other.a.b:=[1]", "mask.mode="]),
  ).toEqual([
    {
      name: "mask",
      analysis: "brain-mask",
      version: ">=1.0.0 <2",
      texts: [
        { name: "threshold", text: "0.7", json: false },
        { name: "mode", text: "", json: false },
      ],
    },
    { name: "vol", analysis: "vol", texts: [] },
    { name: "other", texts: [{ name: "a.b", text: "[1]", json: true }] },
  ]);
});

test.each([
  [["mask"], [], "cannot be read"],
  [["mask=a@"], [], "cannot be read"],
  [["mask=a", "mask=b"], [], "cannot be read"],
  [[], ["threshold=0.7"], "cannot be read"],
  [[], ["mask.=0.7"], "cannot be read"],
  [[], ["mask.a=1", "mask.a=2"], "given twice"],
])("%j %j is refused", (inputs, parameters, message) => {
  expect(() => parseInputs(inputs, parameters)).toThrow(message);
});
