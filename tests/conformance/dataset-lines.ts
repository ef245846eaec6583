import type { IndexedFile, Json } from "@rollerblade/abids";
import { indexFolder } from "@rollerblade/transfer/index-folder";

/** What we say of every file of a dataset, by path. */
export const linesOf = (folder: string): Map<string, IndexedFile> =>
  new Map([...indexFolder(folder)].map((file) => [file.path, file]));

/** As PyBIDS says it: one object with entities, datatype, suffix and extension. */
export const pybidsEntities = ({ entities, datatype, suffix, extension }: IndexedFile): Record<string, Json> => ({
  ...entities,
  ...(datatype !== null && { datatype }),
  ...(suffix !== null && { suffix }),
  ...(extension !== null && { extension }),
});
