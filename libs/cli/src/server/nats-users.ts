import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NatsUsers } from "@rollerblade/embedded";
import { installationUsers, teamUser, usersConfiguration } from "@rollerblade/events";
import { z } from "zod";

const team = z.object({
  team: z.string(),
  publish: z.array(z.string()),
  subscribe: z.array(z.string()),
  datasets: z.array(z.string()),
  /** The public half of its nkey; the seed is printed once and kept nowhere. */
  nkey: z.string(),
});

/** Another team that has a user of its own on the local NATS server. */
export type Team = z.output<typeof team>;

/** The teams of a folder, by name. */
export const readTeams = async (folder: string): Promise<readonly Team[]> => {
  const text = await readFile(fileOf(folder), "utf8").catch(() => "[]");
  return z.array(team).parse(JSON.parse(text));
};

/** Writes the teams of a folder at once as a whole. */
export const writeTeams = async (folder: string, teams: readonly Team[]): Promise<void> => {
  await writeFile(`${fileOf(folder)}.new`, `${JSON.stringify(teams, null, 2)}\n`, { mode: 0o600 });
  await rename(`${fileOf(folder)}.new`, fileOf(folder));
};

/** The users of the local NATS server: each service, the operator, and these teams. */
export const localNatsUsers = (teams: readonly Team[]): NatsUsers => {
  const own = installationUsers();
  return {
    names: own.map(({ name }) => name),
    authorization: (keys) =>
      usersConfiguration([
        ...own.map((user) => ({ ...user, nkey: keys[user.name] ?? "" })),
        ...teams.map(({ nkey, ...grant }) => ({ ...teamUser(grant), nkey })),
      ]),
  };
};

const fileOf = (folder: string): string => join(folder, "teams.json");
