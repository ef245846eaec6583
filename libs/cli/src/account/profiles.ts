import { printJson, printTable, printText, type Reading } from "../print.ts";
import { readCredentials, requireProfile, writeCredentials } from "../server/credentials.ts";

/** Lists profiles, without their tokens. */
export const listProfiles = async ({ json }: Reading): Promise<void> => {
  const { current, profiles } = await readCredentials();
  const rows = Object.entries(profiles).map(([profile, { url, name }]) => ({
    ...{ profile, url, name },
    current: profile === current,
  }));
  if (json === true) return printJson(rows);
  printTable(
    ["profile", "server", "user", "used"],
    rows.map(({ profile, url, name, current: used }) => [profile, url, name, used ? "yes" : ""]),
    "You are signed in nowhere.",
  );
};

/** Makes a profile the one that commands use. */
export const selectProfile = async (name: string): Promise<void> => {
  const credentials = await readCredentials();
  const { url } = requireProfile(credentials, name);
  await writeCredentials({ ...credentials, current: name });
  printText(`Commands use ${url} now.`);
};
