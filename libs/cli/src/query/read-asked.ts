import { catalogRoutes, type QueryLevel, readQueryReference } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { Server } from "../server/find-server.ts";
import { type SimpleConditions, withConditions } from "./simple-conditions.ts";

/** What is asked of the catalog; without a level, that of the saved query, which the catalog knows. */
export type Asked = { readonly expression: string; readonly level?: QueryLevel | undefined };

type Options = SimpleConditions & { readonly level?: QueryLevel };

/**
 * Puts flags and expression together. A name is left to the catalog, but for a saved query with flags, whose expression
 * they narrow. @throws Problem `invalid` for flags with a pin
 */
export const askedOf = async (server: Server, expression: string, options: Options): Promise<Asked> => {
  const { level } = options;
  const named = readQueryReference(expression);
  if (named === null) return { expression: withConditions(expression, options), level };
  if (withConditions("", options) === "") return { expression: expression.trim(), level };
  const { name } = named;
  if (named.pin !== null)
    throw new Problem({
      code: "invalid",
      message: "A pin is a fixed result and takes no further conditions.",
      subject: expression.trim(),
      next: `Leave the flags out, or ask for ${name}.`,
    });
  const saved = await server.call(catalogRoutes.showSavedQuery, { params: { name } });
  return { expression: withConditions(saved.expression, options), level: level ?? saved.level };
};
