import { accountsRoutes, type TokenScope } from "@rollerblade/client";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Options of `token create`. */
export type CreateTokenOptions = Reading & {
  readonly scope: TokenScope;
  readonly days: number;
  readonly user?: string;
};

/** Makes a token and prints it, this once. */
export const createToken = async (label: string, { scope, days, user, json }: CreateTokenOptions): Promise<void> => {
  const body = { label, scope, expiresInDays: days, user };
  const made = await (await findServer()).call(accountsRoutes.createToken, { body });
  if (json === true) printJson(made);
  else printText(made.token);
};

/** Lists tokens and sessions. */
export const listTokens = async ({ user, json }: Reading & { readonly user?: string }): Promise<void> => {
  const { items } = await (await findServer()).call(accountsRoutes.listTokens, { query: { limit: 1000, user } });
  if (json === true) return printJson(items);
  printTable(
    ["id", "label", "kind", "scope", "used", "expires", "revoked"],
    items.map((token) => [
      ...[token.id, token.label, token.kind, token.scope],
      ...[token.usedAt, token.expiresAt, token.revokedAt].map(formatTime),
    ]),
    "No tokens.",
  );
};

/** Makes a token worth nothing. */
export const revokeToken = async (id: string): Promise<void> => {
  const { label } = await (await findServer()).call(accountsRoutes.revokeToken, { params: { id } });
  printText(`Revoked ${label}.`);
};
