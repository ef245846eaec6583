import { expect, test } from "vitest";
import { originsOf } from "./explain-metadata.ts";

test("the nearest file that has a key gives its value, and files above that say something else are named", () => {
  const sidecars = [
    { path: "T1w.json", content: { EchoTime: 0.003, Manufacturer: "Siemens", FlipAngle: 9 } },
    { path: "sub-01/sub-01_T1w.json", content: { EchoTime: 0.003, FlipAngle: 8 } },
    { path: "sub-01/anat/sub-01_T1w.json", content: { FlipAngle: 7, ImageType: ["ORIGINAL"] } },
  ];
  expect(originsOf(sidecars)).toEqual([
    { key: "EchoTime", value: 0.003, file: "sub-01/sub-01_T1w.json", overridden: [] },
    {
      key: "FlipAngle",
      value: 7,
      file: "sub-01/anat/sub-01_T1w.json",
      overridden: ["sub-01/sub-01_T1w.json", "T1w.json"],
    },
    { key: "ImageType", value: ["ORIGINAL"], file: "sub-01/anat/sub-01_T1w.json", overridden: [] },
    { key: "Manufacturer", value: "Siemens", file: "T1w.json", overridden: [] },
  ]);
});

test("a scan without sidecars has no keys, and a name like that of a method is a key as any other", () => {
  expect(originsOf([])).toEqual([]);
  expect(originsOf([{ path: "a.json", content: { constructor: 1 } }])).toMatchObject([
    { key: "constructor", value: 1 },
  ]);
});
