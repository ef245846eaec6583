import { expect, test } from "vitest";
import { inCopyOrder } from "./copy-objects.ts";

const image = (scan: string) => ({ path: scan, scan, role: "image" });
const companion = (path: string, scan: string) => ({ path, scan, role: "companion" });
const shared = (path: string) => ({ path, scan: null, role: "metadata" });

test("the description is copied first, then what lies at the root, then scan after scan, each image after its companions", () => {
  const [first, second] = ["sub-01/func/sub-01_task-rest_bold.nii.gz", "sub-02/dwi/sub-02_dwi.nii.gz"];
  const files = [
    image(second),
    shared("participants.tsv"),
    image(first),
    companion("sub-02/dwi/sub-02_dwi.bval", second),
    shared("dataset_description.json"),
    companion("sub-01/func/sub-01_task-rest_bold.json", first),
    companion("sub-01/func/sub-01_task-rest_events.tsv", first),
    shared("sub-01/sub-01_scans.tsv"),
    shared("README"),
  ];
  expect(inCopyOrder(files)).toEqual([
    [[["dataset_description.json"]]],
    [[["participants.tsv"]], [["README"]]],
    [
      [["sub-01/func/sub-01_task-rest_bold.json", "sub-01/func/sub-01_task-rest_events.tsv"], [first]],
      [["sub-01/sub-01_scans.tsv"]],
      [["sub-02/dwi/sub-02_dwi.bval"], [second]],
    ],
  ]);
});

test("a folder that counts as one image is copied after its companions, too", () => {
  const scan = "sub-01/meg/sub-01_task-rest_meg.ds";
  const inside = (name: string) => ({ path: `${scan}/${name}`, scan, role: `image/${name}` });
  const files = [inside("a.meg4"), inside("a.res4"), companion("sub-01/meg/sub-01_task-rest_meg.json", scan)];
  expect(inCopyOrder(files).at(-1)).toEqual([
    [["sub-01/meg/sub-01_task-rest_meg.json"], [`${scan}/a.meg4`, `${scan}/a.res4`]],
  ]);
});
