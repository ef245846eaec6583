import type { World } from "../../e2e/world.ts";

/** Runs a command. @throws with its output when it fails */
export const must = async (world: World, args: readonly string[], environment?: NodeJS.ProcessEnv): Promise<void> => {
  const { code, stderr } = await world.run(args, environment);
  if (code !== 0) throw new Error(`rollerblade ${args.join(" ")} ended with ${code}\n${stderr}`);
};
