import { homedir } from "node:os";
import { join } from "node:path";

/** The person's folder for what was fetched or made once and can be made again (XDG Base Directory Specification). */
export const cacheFolder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "rollerblade");
