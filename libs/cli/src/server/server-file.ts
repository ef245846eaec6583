import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const schema = z.object({
  url: z.url(),
  token: z.string().min(1),
  pid: z.number().int(),
  /** The variables that its services run with, for `doctor`. */
  settings: z.record(z.string(), z.string()).optional(),
});

/** Where the running server is and how to speak to it: `server.json` in its folder, for its owner's eyes only. */
export type ServerFile = z.output<typeof schema>;

/** Writes it at once as a whole, readable by its owner only. */
export const writeServerFile = async (folder: string, server: ServerFile): Promise<void> => {
  const path = join(folder, "server.json");
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(server)}\n`);
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
};

/** Reads it; null when there is none, when another user of the machine wrote it, or when the process that wrote it is gone. */
export const readServerFile = async (folder: string): Promise<ServerFile | null> => {
  const text = await readOwn(join(folder, "server.json"));
  if (text === null) return null;
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null;
};

/** A file of somebody else, in a folder that everybody may write to, could name a server that only waits for data. */
const readOwn = async (path: string): Promise<string | null> => {
  const file = await open(path).catch(() => null);
  if (file === null) return null;
  try {
    const { uid } = await file.stat();
    const own = process.getuid?.();
    return own === undefined || uid === own || uid === 0 ? await file.readFile("utf8") : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
};

/** Removes it when it is ours: the server ends. */
export const removeServerFile = async (folder: string): Promise<void> => {
  const server = await readServerFile(folder);
  if (server?.pid === process.pid) await rm(join(folder, "server.json"), { force: true });
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive all the same.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
