import { inputPath, outputFile, substitute } from "@rollerblade/analysis";
import type { Attempt } from "./executor.ts";

/** The arguments of an attempt, with the paths that its files have where it runs. @throws Problem `invalid` */
export const commandArguments = (
  argv: readonly string[] | null,
  { manifest, slice, parameters }: Pick<Attempt, "manifest" | "slice" | "parameters">,
  paths: { readonly in: string; readonly out: string },
): string[] => {
  const inputs = slice.inputs.map((input) => [input.name, `${paths.in}/${inputPath(manifest, input)}`]);
  const outputs = manifest.outputs.map((output) => [output.name, `${paths.out}/${outputFile(output)}`]);
  const where = { in: Object.fromEntries(inputs), out: Object.fromEntries(outputs) };
  return substitute(argv ?? [], where, parameters);
};
