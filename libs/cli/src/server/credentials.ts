import { mkdir, open, readFile, rename, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";

/** A server, and as whom one is signed in there. */
const profile = z.object({ url: z.url(), token: z.string().min(1), name: z.string() });

const schema = z.object({
  /** The profile that commands use where nothing else names a server. */
  current: z.string().nullable(),
  profiles: z.record(z.string(), profile),
});

/** Servers at which this user of the machine is signed in, by the names of their profiles. */
export type Credentials = z.output<typeof schema>;

/** Where they are: `ROLLERBLADE_CREDENTIALS`, else in the folder for configuration of the XDG Base Directory Specification. */
const credentialsPath = (): string =>
  process.env.ROLLERBLADE_CREDENTIALS ||
  join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "rollerblade", "credentials.json");

/** Reads them; none where there is no such file, or it cannot be understood. @throws Problem `invalid` where others can read them as well */
export const readCredentials = async (): Promise<Credentials> => {
  const path = credentialsPath();
  const found = await stat(path).catch(() => undefined);
  // Windows has no such bits.
  if (found !== undefined && process.platform !== "win32" && (found.mode & 0o077) !== 0) throw readableByOthers(path);
  const text = await readFile(path, "utf8").catch(() => "");
  const parsed = schema.safeParse(parseJson(text));
  return parsed.success ? parsed.data : { current: null, profiles: {} };
};

/** Writes them at once as a whole, readable by their owner only. */
export const writeCredentials = async (credentials: Credentials): Promise<void> => {
  const path = credentialsPath();
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(credentials, null, 2)}\n`);
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
};

/** The profile that is asked for (`--profile`, `ROLLERBLADE_PROFILE`). */
export const wantedProfile = (): string | undefined => process.env.ROLLERBLADE_PROFILE || undefined;

/** The profile of that name. @throws Problem `invalid` with those that there are */
export const requireProfile = ({ profiles }: Credentials, name: string): z.output<typeof profile> => {
  const found = profiles[name];
  if (found === undefined) throw noSuchProfile(name, Object.keys(profiles));
  return found;
};

const noSuchProfile = (name: string, known: readonly string[]): Problem =>
  new Problem({
    code: "invalid",
    message: `There is no profile "${name}".`,
    subject: name,
    next: known.length === 0 ? "Sign in with `rollerblade login`." : `The profiles are ${known.join(", ")}.`,
  });

const readableByOthers = (path: string): Problem =>
  new Problem({
    code: "invalid",
    message: `Others on this machine can read your tokens in ${path}.`,
    subject: path,
    next: `Run \`chmod 600 '${path}'\`, and sign in anew if somebody may have read it.`,
  });

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
