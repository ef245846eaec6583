import { accountsRoutes, readAll } from "@rollerblade/client";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Makes a group. */
export const createGroup = async (
  name: string,
  { claim = null }: { readonly claim?: string | null },
): Promise<void> => {
  await (await findServer()).call(accountsRoutes.createGroup, { body: { name, claim } });
  printText(`Made the group ${name}. Grant to it as group:${name}.`);
};

/** Deletes a group with the grants to it. */
export const deleteGroup = async (name: string): Promise<void> => {
  await (await findServer()).call(accountsRoutes.deleteGroup, { params: { name } });
  printText(`Deleted the group ${name}, and what was granted to it.`);
};

/** Lists groups that one owns or is in. */
export const listGroups = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const items = await readAll((after) => server.call(accountsRoutes.listGroups, { query: { limit: 1000, after } }));
  if (json === true) return printJson(items);
  printTable(
    ["name", "owner", "claim", "created"],
    items.map((group) => [group.name, group.owner, group.claim, formatTime(group.createdAt)]),
    "No groups.",
  );
};

/** Lists who is in a group. */
export const showGroup = async (name: string, { json }: Reading): Promise<void> => {
  const server = await findServer();
  const items = await readAll((after) =>
    server.call(accountsRoutes.listGroupMembers, { params: { name }, query: { limit: 1000, after } }),
  );
  if (json === true) return printJson(items);
  printTable(
    ["member", "by", "since"],
    items.map(({ member, source, addedBy, addedAt }) => [
      member,
      source === "claim" ? "claim" : addedBy,
      formatTime(addedAt),
    ]),
    "Nobody.",
  );
};

/** Adds users and groups. */
export const addMembers = async (name: string, members: readonly string[]): Promise<void> => {
  const server = await findServer();
  for (const member of members) await server.call(accountsRoutes.addGroupMember, { params: { name, member } });
  printText(`Added ${members.join(", ")} to ${name}.`);
};

/** Takes users and groups out. */
export const removeMembers = async (name: string, members: readonly string[]): Promise<void> => {
  const server = await findServer();
  for (const member of members) await server.call(accountsRoutes.removeGroupMember, { params: { name, member } });
  printText(`Took ${members.join(", ")} out of ${name}.`);
};
