import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { createWorld, root, type World } from "../e2e/world.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the server of the suite is, and the token of its administrator. */
    readonly server: { readonly url: string; readonly token: string };
  }
}

const state: { world: World | undefined } = { world: undefined };

/**
 * Before all tests of the suite: the console is built from the sources as they are, and a server runs that has done the demo. While one works on
 * a page, `CONSOLE_SERVER` names the folder of a server that runs already and has done it: `CONSOLE_SERVER=.rollerblade`.
 */
export const setup = async (project: TestProject): Promise<void> => {
  execFileSync(process.execPath, [join(root, "console", "build.ts")], { stdio: "inherit" });
  const running = process.env.CONSOLE_SERVER;
  if (running !== undefined) {
    const file = readFileSync(join(running, "server.json"), "utf8");
    project.provide("server", z.object({ url: z.string(), token: z.string() }).parse(JSON.parse(file)));
    return;
  }
  const world = await createWorld();
  state.world = world;
  await world.up({ ROLLERBLADE_GATEWAY_REQUESTS_PER_SECOND: "10000" });
  await world.json(z.unknown(), ["demo"]);
  project.provide("server", await world.server());
};

/** After all of them: the server and its folder are gone. */
export const teardown = async (): Promise<void> => {
  await state.world?.close();
};
