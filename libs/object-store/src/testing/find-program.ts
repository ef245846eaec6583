import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** The path of a program on PATH, or in one of the other folders; null where it is not installed. */
export const findProgram = async (name: string, others: readonly string[] = []): Promise<string | null> => {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), ...others]) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== "" && runs) return path;
  }
  return null;
};
