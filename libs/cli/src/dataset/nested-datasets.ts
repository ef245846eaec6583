import { Problem } from "@rollerblade/errors";
import { type FollowedLinks, openLocation } from "@rollerblade/object-store";
import { addressOf } from "@rollerblade/transfer";

/** A dataset in `derivatives/`, and what it is to be called. */
export type NestedDataset = { readonly directory: string; readonly dataset: string };

/** Characters of a dataset's name, as `datasetName` of `@rollerblade/abids` limits them. */
const maxNameLength = 63;

/**
 * The datasets in the `derivatives/` of a folder or bucket: `derivatives/` itself where it has a description, else its
 * folders that have one, as `NAME-FOLDER`. @throws Problem when the place does not answer
 */
export const nestedDatasets = async (
  directory: string,
  dataset: string,
  followLinks = false,
): Promise<NestedDataset[]> => {
  const address = `${addressOf(directory).replace(/\/$/, "")}/derivatives`;
  const described = await descriptionsIn(address, followLinks ? "anywhere" : "inside");
  if (described.includes("")) return [{ directory: address, dataset: nameOf(dataset, "derivatives") }];
  return described.map((folder) => ({
    directory: `${address}/${folder}`,
    dataset: nameOf(dataset, folder),
  }));
};

const nameOf = (dataset: string, folder: string): string =>
  `${dataset}-${folder.replace(/[^A-Za-z0-9_-]+/g, "-")}`.slice(0, maxNameLength);

/** Folders with a description, of those at the top; the place itself is empty. */
const descriptionsIn = async (address: string, links: FollowedLinks): Promise<string[]> => {
  const found = new Set<string>();
  try {
    const location = await openLocation(address, { links });
    for await (const { files } of location.list({ top: ["sourcedata"], hidden: true }))
      for (const { path } of files) {
        const [folder = "", ...rest] = path.split("/");
        if (path === "dataset_description.json") found.add("");
        else if (rest.join("/") === "dataset_description.json") found.add(folder);
      }
  } catch (error) {
    if (error instanceof Problem && error.code === "not-found") return [];
    throw error;
  }
  return [...found].sort();
};
