import { accountsRoutes, readAll } from "@rollerblade/client";
import { printMessage } from "../messages.ts";
import { printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import type { ResourceKind } from "./resource-argument.ts";

type Granting = Reading & { readonly until?: string; readonly reason?: string };

/** Runs `grant KIND NAME ROLE WHO`; a grant that is there already takes the new role and end. */
export const giveGrant = async (
  kind: ResourceKind,
  resource: string,
  role: "viewer" | "runner" | "contributor" | "admin",
  grantee: string,
  { until, reason, json }: Granting,
): Promise<void> => {
  const server = await findServer();
  const body = { role, expiresAt: until ?? null, ...(reason === undefined ? {} : { reason }) };
  const grant = await server.call(accountsRoutes.giveGrant, { params: { kind, resource, grantee }, body });
  if (json === true) return printJson(grant);
  const end = grant.expiresAt === null ? "" : ` until ${grant.expiresAt}`;
  printMessage(`${grantee} is ${role} of the ${kind} ${resource}${end}.`);
};

/** Runs `revoke KIND NAME WHO`, which also ends what runs by that grant. */
export const revokeGrant = async (kind: ResourceKind, resource: string, grantee: string): Promise<void> => {
  const server = await findServer();
  await server.call(accountsRoutes.revokeGrant, { params: { kind, resource, grantee } });
  printMessage(`The grant of ${grantee} on the ${kind} ${resource} was revoked.`);
};

/** Runs `transfer give KIND NAME USER`: an owner offers, and the other accepts; an administrator gives at once. */
export const giveAway = async (kind: ResourceKind, name: string, owner: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const resource = await server.call(accountsRoutes.transferResource, { params: { kind, name }, body: { owner } });
  if (json === true) printJson(resource);
  else if (resource.offeredTo === null) printMessage(`${resource.owner} is the owner of the ${kind} ${name}.`);
  else
    printMessage(
      `The ${kind} ${name} is offered to ${owner}, who accepts with: rollerblade transfer accept ${kind} ${name}`,
    );
};

/** Runs `transfer accept KIND NAME`: makes one the owner of what one was offered. */
export const acceptTransfer = async (kind: ResourceKind, name: string): Promise<void> => {
  const server = await findServer();
  await server.call(accountsRoutes.acceptTransfer, { params: { kind, name } });
  printMessage(`You are the owner of the ${kind} ${name}.`);
};

/** `transfer decline KIND NAME`, also for who has offered it. */
export const endTransfer = async (kind: ResourceKind, name: string): Promise<void> => {
  const server = await findServer();
  await server.call(accountsRoutes.endTransfer, { params: { kind, name } });
  printMessage(`The offer of the ${kind} ${name} was withdrawn.`);
};

/** Runs `transfer list`: offers of ownership, to you and by you, that nobody has answered. */
export const listTransfers = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const offers = await readAll((after) => server.call(accountsRoutes.listTransfers, { query: { after } }));
  if (json === true) return printJson(offers);
  printTable(
    ["KIND", "NAME", "FROM", "TO", "SINCE"],
    offers.map((offer) => [offer.kind, offer.name, offer.offeredBy, offer.offeredTo, offer.offeredAt]),
    "Nothing is offered.",
  );
};
