import { accountsRoutes, readAll, type TokenInfo, type TokenScope } from "@rollerblade/client";
import { type ResourceKind, resourceKinds } from "../access/resource-argument.ts";
import { formatTime, printJson, printTable, printText, type Reading } from "../print.ts";
import { findServer } from "../server/find-server.ts";

/** Options of `token create`. */
export type CreateTokenOptions = Reading & {
  readonly scope: TokenScope;
  readonly days: number;
  readonly user?: string;
} & Readonly<Partial<Record<ResourceKind, readonly string[]>>>;

/** Makes a token and prints it, this once. It is limited to the resources that are named, where any are. */
export const createToken = async (
  label: string,
  { scope, days, user, json, ...named }: CreateTokenOptions,
): Promise<void> => {
  const limits = resourceKinds.flatMap((kind) => (named[kind] ?? []).map((name) => ({ kind, name })));
  const body = { label, scope, expiresInDays: days, user, ...(limits.length > 0 && { resources: limits }) };
  const made = await (await findServer()).call(accountsRoutes.createToken, { body });
  if (json === true) printJson(made);
  else printText(made.token);
};

/** Lists tokens and sessions. */
export const listTokens = async ({ user, json }: Reading & { readonly user?: string }): Promise<void> => {
  const server = await findServer();
  const items = await readAll((after) =>
    server.call(accountsRoutes.listTokens, { query: { limit: 1000, user, after } }),
  );
  if (json === true) return printJson(items);
  printTable(
    ["id", "label", "kind", "scope", "limited to", "used", "expires", "revoked"],
    items.map((token) => [
      ...[token.id, token.label, token.kind, token.scope, limitsOf(token)],
      ...[token.usedAt, token.expiresAt, token.revokedAt].map(formatTime),
    ]),
    "No tokens.",
  );
};

/** What a token is limited to, if it is; one that was limited to what is gone is good for nothing. */
export const limitsOf = ({ resources }: TokenInfo): string => {
  if (resources === null) return "";
  return resources.length === 0 ? "nothing" : resources.map(({ kind, name }) => `${kind} ${name}`).join(", ");
};

/** Makes a token worth nothing. */
export const revokeToken = async (id: string): Promise<void> => {
  const { label } = await (await findServer()).call(accountsRoutes.revokeToken, { params: { id } });
  printText(`Revoked ${label}.`);
};
