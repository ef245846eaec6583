import { accountsRoutes, readAll } from "@rollerblade/client";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Options of `user create`. */
export type CreateUserOptions = { readonly admin?: boolean; readonly service?: boolean };

/** Makes a user; a person gets a one-time secret to choose a password with. */
export const createUser = async (
  name: string,
  { admin = false, service = false }: CreateUserOptions,
): Promise<void> => {
  const server = await findServer();
  await server.call(accountsRoutes.createUser, { body: { name, admin, kind: service ? "service" : "person" } });
  if (service)
    printText(`Made the service ${name}. Make its token with \`rollerblade token create LABEL --user ${name}\`.`);
  else await resetPassword(name);
};

/** Prints a one-time secret with which a user chooses a password. */
export const resetPassword = async (name: string): Promise<void> => {
  const server = await findServer();
  const { secret, expiresAt } = await server.call(accountsRoutes.resetPassword, { params: { name } });
  printText(`One-time secret of ${name}, until ${formatTime(expiresAt)}: ${secret}`);
};

/** Lists users by name, the disabled ones too. */
export const listUsers = async ({ json }: Reading): Promise<void> => {
  const server = await findServer();
  const items = await readAll((after) => server.call(accountsRoutes.listUsers, { query: { limit: 1000, after } }));
  if (json === true) return printJson(items);
  printTable(
    ["name", "kind", "administrator", "created", "disabled"],
    items.map((user) => [user.name, user.kind, user.admin, formatTime(user.createdAt), formatTime(user.disabledAt)]),
  );
};

/** Disables a user, whose sessions and tokens end for good, or enables one again. */
export const disableUser = async (name: string, { undo = false }: { readonly undo?: boolean }): Promise<void> => {
  const server = await findServer();
  await server.call(accountsRoutes.changeUser, { params: { name }, body: { disabled: !undo } });
  printText(undo ? `Enabled ${name}; earlier tokens stay worth nothing.` : `Disabled ${name}.`);
};
