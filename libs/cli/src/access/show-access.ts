import { type AccessExplanation, type AccessWay, accountsRoutes, readAll } from "@rollerblade/client";
import { printJson, printTable, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";
import type { ResourceKind } from "./resource-argument.ts";

/** `access list`: what you may use, or with `--user` what somebody else may. */
export const listAccess = async ({ user, json }: Reading & { readonly user?: string }): Promise<void> => {
  const server = await findServer();
  const resources = await readAll((after) => server.call(accountsRoutes.listResources, { query: { after, user } }));
  if (json === true) return printJson(resources);
  printTable(
    ["kind", "name", "role", "owner"],
    resources.map(({ kind, name, role, owner }) => [kind, name, role, owner]),
    "Nothing that you may know of.",
  );
};

/** `access explain KIND NAME…`: who may read all of these, and why. */
export const explainAccess = async (
  kind: ResourceKind,
  names: readonly string[],
  { user, json }: Reading & { readonly user?: string },
): Promise<void> => {
  const server = await findServer();
  const resources = names.map((name) => ({ kind, name }));
  const people = await readAll<AccessExplanation>((after) =>
    server.call(accountsRoutes.explainAccess, { body: { resources, principal: user, after } }),
  );
  if (json === true) return printJson(people);
  printTable(
    ["who", "what", "role", "why", "until"],
    people.flatMap(({ principal, ways }) =>
      ways.map((way) => [principal, `${way.kind} ${way.name}`, way.role, reasonOf(way), way.expiresAt]),
    ),
    "Nobody.",
  );
};

const reasonOf = ({ reason, grantee, grantedBy, note }: AccessWay): string => {
  if (reason === "owner") return "owns it";
  if (reason === "administrator") return "is an administrator of the installation";
  return `${grantedBy} granted it to ${grantee}${note === "" ? "" : `: ${note}`}`;
};
