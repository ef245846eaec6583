import { expect, test } from "vitest";
import { readSidecarFields } from "./sidecar-fields.ts";

test.each<[string, object]>([
  ["{}", {}],
  ['{"SkullStripped": true, "RepetitionTime": 2.5}', { SkullStripped: true, RepetitionTime: 2.5 }],
  ['{"Description": "A mask", "Mine": [{"a": null}]}', { Description: "A mask", Mine: [{ a: null }] }],
  ['{"EchoTime": 0.03}', { EchoTime: 0.03 }],
  ['{"EchoTime": [0.01, 0.02]}', { EchoTime: [0.01, 0.02] }],
])("%s is read", async (text, fields) => {
  expect(await readSidecarFields(text)).toEqual({ fields });
});

test.each([
  ['{"a": ', "is not a sidecar: must be JSON"],
  ["[1]", "is not a sidecar: it is JSON, but not an object"],
  ['{"a": NaN}', "is not a sidecar"],
  ['{"Sources": []}', "holds Sources, which Rollerblade writes itself"],
  ['{"GeneratedBy": []}', "holds GeneratedBy"],
  ['{"": 1}', "whose name has 0 characters"],
  ['{"a": "\\u0000"}', 'holds "a", which holds a NUL character'],
  ['{"Id": 9007199254740993}', "9007199254740993 has more digits"],
  ['{"SkullStripped": "yes"}', 'holds "SkullStripped", which is "yes", but must be a boolean'],
  ['{"RepetitionTime": -1}', 'holds "RepetitionTime", which is -1, but must be above 0'],
  [JSON.stringify({ a: "x".repeat(65_536) }), "has 65544 bytes, of which a sidecar may have 65536"],
])("%.40s is refused", async (text, fault) => {
  expect(await readSidecarFields(text)).toEqual({ fault: expect.stringContaining(fault) });
});
