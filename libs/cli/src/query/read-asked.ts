import { catalogRoutes, type QueryLevel } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Server } from "../server/find-server.ts";
import { type SimpleConditions, withConditions } from "./simple-conditions.ts";

/** NAME or NAME@PIN: no expression is a single word, but for true and false. */
const name = /^(?!(?:true|false)$)([A-Za-z0-9][A-Za-z0-9_-]*)(@[A-Za-z0-9][A-Za-z0-9._:-]*)?$/;

/** What is asked of the catalog. */
export type Asked = { readonly expression: string; readonly level: QueryLevel };

type Options = SimpleConditions & { readonly level?: QueryLevel };

/** Puts flags and expression together; a saved query brings its own level. @throws Problem `invalid` for flags with a pin */
export const askedOf = async (server: Server, expression: string, options: Options): Promise<Asked> => {
  const [, query, pin] = name.exec(expression.trim()) ?? [];
  if (query === undefined) return { expression: withConditions(expression, options), level: options.level ?? "scan" };
  const saved = await server.call(catalogRoutes.showSavedQuery, { params: { name: query } });
  const level = options.level ?? saved.level;
  if (pin === undefined) return { expression: withConditions(saved.expression, options), level };
  const { items } = await server.call(catalogRoutes.listPins, { params: { name: query } });
  const pinned = items.find((one) => `@${one.pin}` === pin);
  if (withConditions("", options) === "")
    return { expression: expression.trim(), level: options.level ?? pinned?.level ?? saved.level };
  throw new Problem({
    code: "invalid",
    message: "A pin is exactly what it was, and takes no further conditions.",
    subject: expression.trim(),
    next: `Leave the flags out, or ask for ${query}.`,
  });
};
