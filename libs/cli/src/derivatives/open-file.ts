import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { catalogRoutes } from "@rollerblade/client";
import { downloadFiles } from "@rollerblade/transfer";
import { printMessage } from "../messages.ts";
import { printText } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import { findDerivative } from "./find-derivative.ts";

/** Runs `open DERIVATIVE`: fetches the file into a cache and opens it with the program of the desktop for such files. */
export const openFile = async (text: string, { print }: { readonly print?: boolean }): Promise<void> => {
  const client = await findServer();
  const { dataset, path, id } = await findDerivative(client, text);
  const query = { dataset, path };
  const files = async function* () {
    yield await client.call(catalogRoutes.linkFile, { query });
  };
  // A folder for each derivative, since one that is made anew has the same path.
  const directory = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "rollerblade", "open", id);
  await downloadFiles({ files: files(), directory, renew: () => client.call(catalogRoutes.linkFile, { query }) });
  const file = join(directory, path);
  printText(file);
  if (print !== true && !(await start(file)))
    printMessage("No program on this machine can open it; the file itself is there.");
};

/** The command of a desktop that opens a file with the program for it. */
const opener: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
  linux: ["xdg-open"],
};

const start = async (file: string): Promise<boolean> => {
  const [program, ...words] = opener[process.platform] ?? ["xdg-open"];
  const child = spawn(program, [...words, file], { stdio: "ignore", detached: true });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
};
