import { isJsonList, isJsonObject, type JsonObject } from "@rollerblade/abids";

/** A pipeline by one of its names; the version is empty where nobody says it. */
export type PipelineName = { readonly pipeline: string; readonly version: string };

/** Names of pipelines of one dataset that are kept. */
const maxNames = 20;

/**
 * The pipelines that `dataset_description.json` names in `GeneratedBy` (or `PipelineDescription`, as before BIDS 1.4), each as it is
 * written and in lower case with dashes, which is how one asks for it: `fMRIPrep` is `fmriprep`.
 */
export const pipelineNames = ({ GeneratedBy, PipelineDescription }: JsonObject): PipelineName[] => {
  const declared = [
    ...(GeneratedBy !== undefined && isJsonList(GeneratedBy) ? GeneratedBy : []),
    PipelineDescription ?? null,
  ];
  const names = declared.flatMap((one) => {
    if (one === null || !isJsonObject(one) || typeof one.Name !== "string") return [];
    const version = typeof one.Version === "string" ? one.Version.slice(0, 100) : "";
    return [one.Name, plain(one.Name)].map((pipeline) => ({ pipeline: pipeline.slice(0, 100), version }));
  });
  const byName = new Map(names.filter(({ pipeline }) => pipeline !== "").map((name) => [name.pipeline, name]));
  return [...byName.values()].slice(0, maxNames);
};

const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
