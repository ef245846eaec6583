import { hostname } from "node:os";
import { text as textOf } from "node:stream/consumers";
import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printJson, printTable, printText, type Reading } from "../print.ts";
import { readCredentials, wantedProfile, writeCredentials } from "../server/credentials.ts";
import { findServer, serverAt } from "../server/find-server.ts";

/** Options of `login`. */
export type LoginOptions = { readonly name: string; readonly newPassword?: boolean };

/** Signs in with a password, which is read from standard input, and keeps the session under the profile. */
export const login = async (url: string, { name, newPassword = false }: LoginOptions): Promise<void> => {
  const [password = "", chosen] = (await readSecrets()).split(/\r?\n/);
  if (newPassword && !chosen) throw secondLineNeeded();
  const body = {
    name,
    password,
    ...(newPassword ? { newPassword: chosen } : {}),
    label: `command line on ${hostname()}`,
  };
  const { token } = await serverAt(url, undefined).call(gatewayRoutes.signIn, { body });
  if (token === null) throw new Error("The server has kept the session's token.");
  const credentials = await readCredentials();
  const profile = wantedProfile() ?? "default";
  const profiles = { ...credentials.profiles, [profile]: { url, token, name } };
  await writeCredentials({ current: profile, profiles });
  printText(`Signed in at ${url} as ${name} (profile ${profile}).`);
};

/** Ends the session of the profile, or all sessions of its user, and forgets it here. */
export const logout = async ({ everywhere = false }: { readonly everywhere?: boolean }): Promise<void> => {
  const { current, profiles } = await readCredentials();
  const name = wantedProfile() ?? current;
  const { [name ?? ""]: ended, ...left } = profiles;
  if (name === null || ended === undefined) throw notSignedIn();
  await serverAt(ended.url, ended.token)
    .call(accountsRoutes.endSessions, { body: { everywhere } })
    .catch((error: unknown) => {
      // A session that is over already is what was asked for.
      if (!(error instanceof Problem) || error.code !== "unauthenticated") throw error;
    });
  await writeCredentials({ current: current === name ? (Object.keys(left)[0] ?? null) : current, profiles: left });
  printText(`Signed out of ${ended.url}.`);
};

/** Prints at which server one is who, and what the token lets one do. */
export const whoAmI = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const me = await server.call(accountsRoutes.me, {});
  if (json === true) return printJson({ url: server.url, ...me });
  printTable(
    ["user", "administrator", "groups", "token", "scope", "expires", "server"],
    [[me.name, me.admin, me.groups.join(", "), me.token?.kind, me.token?.scope, me.token?.expiresAt, server.url]],
  );
};

/** What is piped in, or typed without being shown. */
const readSecrets = async (): Promise<string> => {
  if (process.stdin.isTTY !== true) return textOf(process.stdin);
  throw new Problem({
    code: "invalid",
    message:
      "The password is read from standard input, so that no history of a shell and no list of processes shows it.",
    next: "Pipe it in: `pass show rollerblade | rollerblade login URL --name NAME`, or `read -rs P; printf '%s\\n' \"$P\" | rollerblade login …`.",
  });
};

const secondLineNeeded = (): Problem =>
  new Problem({
    code: "invalid",
    message:
      "With --new-password the first line of standard input is the password or one-time secret, the second the new password.",
    next: "Pipe in two lines.",
  });

const notSignedIn = (): Problem =>
  new Problem({
    code: "invalid",
    message: "You are not signed in.",
    next: "Sign in with `rollerblade login URL --name NAME`.",
  });
