import { expect, test } from "vitest";
import { pipelineNames } from "./pipeline-names.ts";
import { rawSourcesOf } from "./raw-sources.ts";

test.each([
  [
    "a name as it is written and as one asks for it",
    { GeneratedBy: [{ Name: "fMRIPrep", Version: "23.1.3" }] },
    ["fMRIPrep", "fmriprep"],
  ],
  ["the field of older datasets", { PipelineDescription: { Name: "mriqc" } }, ["mriqc"]],
  ["no name of what is none", { GeneratedBy: ["x", { Name: 1 }, null] }, []],
  ["nothing of what is not a list", { GeneratedBy: "x" }, []],
])("%s", (_, description, names) => {
  expect(pipelineNames(description).map(({ pipeline }) => pipeline)).toEqual(names);
});

test.each([
  [
    "URIs of another dataset",
    { Sources: ["bids:raw:sub-01/anat/sub-01_T1w.nii.gz", "bids::sub-01/x.nii"] },
    ["sub-01/anat/sub-01_T1w.nii.gz"],
  ],
  ["paths as they were before URIs", { RawSources: "../../sub-01/anat/a.nii" }, ["sub-01/anat/a.nii"]],
  ["nothing", { Sources: 3, RawSources: ["/etc/passwd"] }, null],
])("sources are %s", (_, metadata, paths) => {
  expect(rawSourcesOf(metadata)).toEqual(paths);
});
