import { inputPath, outputFile, substitute } from "@rollerblade/analysis";
import type { Attempt } from "./executor.ts";

/**
 * The arguments of an attempt, with the paths that its files have where it runs. An optional input that the slice does not have is the
 * empty text: `--flair={in.flair}` becomes `--flair=`.
 * @throws Problem `invalid`
 */
export const commandArguments = (
  argv: readonly string[] | null,
  { manifest, slice, parameters }: Pick<Attempt, "manifest" | "slice" | "parameters">,
  paths: { readonly in: string; readonly out: string },
): string[] => {
  const inputs = slice.inputs.map((input) => {
    const path = inputPath(manifest, input);
    return [input.name, path === null ? "" : `${paths.in}/${path}`];
  });
  const outputs = manifest.outputs.map((output) => [output.name, `${paths.out}/${outputFile(output)}`]);
  const where = { in: Object.fromEntries(inputs), out: Object.fromEntries(outputs) };
  return substitute(argv ?? [], where, parameters);
};
