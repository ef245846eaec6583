import { natsPublicKey, newNatsSeed, reloadNatsUsers } from "@rollerblade/embedded";
import { Problem } from "@rollerblade/errors";
import {
  connectNats,
  ensureTeamDurables,
  type TeamGrant,
  teamDurables,
  teamUser,
  usersConfiguration,
} from "@rollerblade/events";
import { printMessage } from "../messages.ts";
import { printJson, printText, type Reading } from "../print.ts";
import { localNatsUsers, readTeams, writeTeams } from "../server/nats-users.ts";
import { readServerFile } from "../server/server-file.ts";
import { serverFolder } from "../server/server-folder.ts";

/** What `events add-team` is given beside the name. */
export type AddTeamOptions = Reading & {
  readonly publish?: readonly string[];
  readonly subscribe?: readonly string[];
  readonly dataset?: readonly string[];
};

/**
 * `events add-team NAME`: makes a NATS user for another team and the durables that it reads, and prints its address. On the local server the
 * user can sign in at once; for a server elsewhere, named by `ROLLERBLADE_NATS_URL`, the entry for its configuration is printed.
 * Run again, it replaces the grant and the key.
 * @throws Problem
 */
export const addTeam = async (
  team: string,
  { publish = [], subscribe = [], dataset: datasets = [], json }: AddTeamOptions,
): Promise<void> => {
  const grant = { team, publish, subscribe, datasets };
  const user = teamUser(grant);
  const seed = newNatsSeed();
  const nkey = natsPublicKey(seed);
  const folder = serverFolder();
  const local = process.env.ROLLERBLADE_NATS_URL === undefined ? await readServerFile(folder) : null;
  const operatorUrl = process.env.ROLLERBLADE_NATS_URL ?? local?.settings?.ROLLERBLADE_NATS_URL;
  if (operatorUrl === undefined) throw noServer();
  await makeDurables(operatorUrl, grant);
  const url = operatorUrl
    .split(",")
    .map((one) => withUser(one, team, seed))
    .join(",");
  if (local !== null) {
    const teams = (await readTeams(folder)).filter((one) => one.team !== team);
    const added = [
      ...teams,
      { ...grant, publish: [...publish], subscribe: [...subscribe], datasets: [...datasets], nkey },
    ];
    await writeTeams(folder, added);
    await reloadNatsUsers(folder, localNatsUsers(added));
  }
  const durables = teamDurables(grant).map(({ name }) => name);
  const configuration = local === null ? usersConfiguration([{ ...user, nkey }]) : undefined;
  if (json === true) return printJson({ team, url, durables, configuration });
  printText(url);
  for (const name of durables) printMessage(`It reads the durable ${name}.`);
  if (configuration !== undefined)
    printMessage(`Add this user to the configuration of the NATS servers:\n${configuration}`);
  printMessage(
    `Its facts count as far as the rights of the user "${team}" reach: it is made with POST /v1/users, and given grants.`,
  );
};

const makeDurables = async (url: string, grant: TeamGrant): Promise<void> => {
  const connection = await connectNats({ url, name: "rollerblade add-team" });
  try {
    await ensureTeamDurables(connection, grant);
  } finally {
    await connection.close();
  }
};

const withUser = (text: string, user: string, seed: string): string => {
  const url = new URL(text);
  url.username = user;
  url.password = seed;
  return url.href.replace(/\/$/, "");
};

const noServer = (): Problem =>
  new Problem({
    code: "unavailable",
    message: "No NATS server is known.",
    subject: "ROLLERBLADE_NATS_URL",
    next: "Start `rollerblade up` here, or set ROLLERBLADE_NATS_URL to the operator's address.",
  });
