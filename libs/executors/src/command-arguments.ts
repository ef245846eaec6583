import { assetFolder, type CommandLine, inputFiles, inputPath, outputFile, substitute } from "@rollerblade/analysis";
import type { Attempt } from "./executor.ts";

/** Folders of an attempt as its command sees them. */
export type CommandFolders = {
  readonly in: string;
  readonly out: string;
  /** For work in progress; what is there is gone afterwards. */
  readonly work: string;
};

/**
 * The arguments of an attempt, with the paths that its files have where it runs, and after them those that change nothing of what comes
 * out. An optional input that the slice does not have is the empty text: `--flair={in.flair}` becomes `--flair=`.
 * @throws Problem `invalid`
 */
export const commandArguments = (
  argv: CommandLine | null,
  { manifest, slice, parameters, memory }: Pick<Attempt, "manifest" | "slice" | "parameters" | "memory">,
  folders: CommandFolders,
): string[] => {
  const inputs = slice.inputs.map((input) => {
    const path = inputPath(manifest, input);
    return [input.name, path === null ? "" : `${folders.in}/${path}`];
  });
  const files = slice.inputs.map((input) => [
    input.name,
    inputFiles(manifest, input).map((path) => `${folders.in}/${path}`),
  ]);
  const outputs = manifest.outputs.map((output) => [output.name, `${folders.out}/${outputFile(output)}`]);
  const assets = (manifest.assets ?? []).map(({ name }) => [name, `${folders.in}/${assetFolder(name)}`]);
  const fixed = {
    bids: `${folders.in}/bids`,
    work: folders.work,
    // Programs take whole numbers, and are stopped where they take more than they were given.
    cpus: String(Math.max(1, Math.floor(manifest.resources.cpu))),
    "memory.mb": String(Math.floor(memory / 2 ** 20)),
    "memory.gb": String(Math.max(1, Math.floor(memory / 2 ** 30))),
    "slice.subject": slice.entities.sub ?? null,
    "slice.session": slice.entities.ses ?? null,
  };
  const where = {
    in: Object.fromEntries(inputs),
    files: Object.fromEntries(files),
    out: Object.fromEntries(outputs),
    asset: Object.fromEntries(assets),
    fixed,
  };
  return substitute([...(argv ?? []), ...(manifest.neutral ?? [])], where, parameters);
};
