import { hostname } from "node:os";
import { text as textOf } from "node:stream/consumers";
import { accountsRoutes, gatewayRoutes } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { printJson, printTable, printText, type Reading } from "../print.ts";
import { type Credentials, readCredentials, wantedProfile, writeCredentials } from "../server/credentials.ts";
import { findServer, requireUrl, type Server, serverAt } from "../server/find-server.ts";
import { ask, canAsk } from "../terminal/ask.ts";
import { write } from "../terminal/write.ts";
import { signInElsewhere } from "./sign-in-elsewhere.ts";

/** Options of `login`. */
export type LoginOptions = { readonly name?: string; readonly newPassword?: boolean; readonly issuer?: string };

/** Signs in with a password, or at an issuer in a browser, and keeps the session under a profile. */
export const login = async (address: string, options: LoginOptions): Promise<void> => {
  const url = requireUrl(address, "url");
  const server = serverAt(url, undefined);
  const issuer = options.issuer ?? (options.name === undefined ? await onlyIssuer(server) : undefined);
  const session =
    issuer === undefined ? await withPassword(server, options) : await signInElsewhere(server, issuer, sessionLabel());
  const credentials = await readCredentials();
  const profile = wantedProfile() ?? profileOf(url, credentials);
  const profiles = { ...credentials.profiles, [profile]: { url, token: session.token, name: session.name } };
  await writeCredentials({ current: profile, profiles });
  printText(`Signed in at ${url} as ${session.name} (profile ${profile}).`);
};

/** A session, and whose it is. */
type Session = { readonly name: string; readonly token: string };

/** What the session is called in the list of tokens. */
const sessionLabel = (): string => `command line on ${hostname()}`;

/** The profile of a server that has one, else its host, so that signing in at a second one leaves the first as it is. */
const profileOf = (url: string, { profiles }: Credentials): string =>
  Object.entries(profiles).find(([, known]) => known.url === url)?.[0] ?? new URL(url).host;

/** The issuer where the server has one only; undefined where it has none. @throws Problem `invalid` where one has to be chosen */
const onlyIssuer = async (server: Server): Promise<string | undefined> => {
  const { items } = await server.call(gatewayRoutes.listIssuers, { query: {} });
  const [only, ...others] = items.map(({ name }) => name);
  if (only === undefined || others.length === 0) return only;
  throw new Problem({
    code: "invalid",
    message: `This server offers to sign in by ${[only, ...others].join(", ")}.`,
    subject: "--issuer",
    next: "Name one of them by --issuer, or your user name by --name to use a password.",
  });
};

const withPassword = async (server: Server, { name: given, newPassword = false }: LoginOptions): Promise<Session> => {
  const name = given ?? (canAsk() ? await ask("Name: ") : undefined);
  if (name === undefined) throw nameNeeded();
  const body = { name, label: sessionLabel(), ...(await passwordFor(name, newPassword)) };
  const { token } = await server.call(gatewayRoutes.signIn, { body }).catch(async (error: unknown) => {
    // A one-time secret, of somebody who is there to choose a password.
    if (!(error instanceof Problem) || error.code !== "invalid" || body.newPassword !== undefined || !canAsk())
      throw error;
    write("stderr", `${error.message}\n`);
    return server.call(gatewayRoutes.signIn, { body: { ...body, newPassword: await askNewPassword() } });
  });
  if (token === null) throw new Error("The server has kept the session's token.");
  return { name, token };
};

type Passwords = { readonly password: string; readonly newPassword?: string };

/** The password, and the new one if it is changed: typed in, or the lines of standard input. */
const passwordFor = async (name: string, isNew: boolean): Promise<Passwords> => {
  if (canAsk()) {
    const password = await ask(`Password or one-time secret of ${name}: `, { hidden: true });
    return isNew ? { password, newPassword: await askNewPassword() } : { password };
  }
  const [password = "", newPassword] = (await readInput()).split(/\r?\n/);
  if (!isNew) return { password };
  if (!newPassword) throw secondLineNeeded();
  return { password, newPassword };
};

const askNewPassword = async (): Promise<string> => {
  const chosen = await ask("New password: ", { hidden: true });
  if ((await ask("The same again: ", { hidden: true })) === chosen) return chosen;
  throw new Problem({ code: "invalid", message: "The two are not the same.", next: "Sign in again." });
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

/** What is piped in. @throws Problem `invalid` where nothing is, and nobody can be asked */
const readInput = async (): Promise<string> => {
  if (process.stdin.isTTY !== true) return textOf(process.stdin);
  throw new Problem({
    code: "invalid",
    message: "The password cannot be asked for, because standard error is not a terminal.",
    next: "Pipe it in: `pass show rollerblade | rollerblade login URL --name NAME`.",
  });
};

const nameNeeded = (): Problem =>
  new Problem({
    code: "invalid",
    message: "Your user name is missing.",
    subject: "--name",
    next: "Sign in with `rollerblade login URL --name NAME`, the password on standard input.",
  });

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
    next: "Sign in with `rollerblade login URL`.",
  });
