import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { z } from "zod";
import { createWorld, root, type World } from "../e2e/world.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the server of the suite and its database are, and the token of its administrator. */
    readonly server: { readonly url: string; readonly token: string; readonly databaseUrl: string };
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
  if (running !== undefined) return project.provide("server", serverIn(running));
  const world = await createWorld();
  state.world = world;
  await world.up({ ROLLERBLADE_GATEWAY_REQUESTS_PER_SECOND: "10000" });
  await world.json(z.unknown(), ["demo"]);
  project.provide("server", serverIn(join(world.folder, ".rollerblade")));
};

const serverFile = z.object({
  url: z.string(),
  token: z.string(),
  settings: z.object({ ROLLERBLADE_DATABASE_URL: z.string() }),
});

/** The server whose folder this is, as its file tells. */
const serverIn = (folder: string) => {
  const { url, token, settings } = serverFile.parse(JSON.parse(readFileSync(join(folder, "server.json"), "utf8")));
  return { url, token, databaseUrl: settings.ROLLERBLADE_DATABASE_URL };
};

/** After all of them: the server and its folder are gone. */
export const teardown = async (): Promise<void> => {
  await state.world?.close();
};
