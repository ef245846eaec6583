import { tmpdir } from "node:os";
import { z } from "zod";
import { run } from "../../../tools/test-cluster/run.ts";

/** The Kueue that tests run, and whose kinds manifests are validated against. */
export const kueue = { module: "sigs.k8s.io/kueue", version: "v0.15.2" } as const;

/** The folder of a module's sources, brought here once. @throws when there is no such version */
export const sourcesOf = async (module: string): Promise<string> => {
  const printed = await run("go", ["mod", "download", "-json", module], { cwd: tmpdir() });
  return z.object({ Dir: z.string() }).parse(JSON.parse(printed)).Dir;
};
