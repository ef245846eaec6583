import { accountsRoutes, type IssuerIdentity, readAll } from "@rollerblade/client";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Lets whoever has a subject at an issuer sign in as a user. */
export const linkIdentity = async (name: string, identity: IssuerIdentity): Promise<void> => {
  await (await findServer()).call(accountsRoutes.linkIdentity, { params: { name }, body: identity });
  printText(`${identity.subject} of ${identity.issuer} signs in as ${name}.`);
};

/** Takes a way to sign in from a user. */
export const unlinkIdentity = async (name: string, identity: IssuerIdentity): Promise<void> => {
  await (await findServer()).call(accountsRoutes.unlinkIdentity, { params: { name }, body: identity });
  printText(`${identity.subject} of ${identity.issuer} does not sign in as ${name} any more.`);
};

/** Lists who a user is at issuers. */
export const listIdentities = async (name: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const items = await readAll((after) =>
    server.call(accountsRoutes.listIdentities, { params: { name }, query: { limit: 1_000, after } }),
  );
  if (json === true) return printJson(items);
  printTable(
    ["issuer", "subject", "since"],
    items.map(({ issuer, subject, createdAt }) => [issuer, subject, formatTime(createdAt)]),
    "No identities.",
  );
};
