import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";

const dockerfile = readFileSync(resolve(import.meta.dirname, "../../../Dockerfile"), "utf8");
const entrypoint = z.array(z.string()).parse(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? ""));

/**
 * How the image starts a program, read from the Dockerfile: Node's flags, and the variables that change how much memory it takes. What
 * measures memory starts services in the same way.
 */
export const imageStart = {
  flags: entrypoint.filter((word) => word.startsWith("--")),
  environment: { MALLOC_ARENA_MAX: z.string().parse(/MALLOC_ARENA_MAX=(\d+)/.exec(dockerfile)?.[1]) },
  /** The program in a bundle that lies at this folder. */
  program: (folder: string): string => join(folder, "bin", "rollerblade.js"),
} as const;
