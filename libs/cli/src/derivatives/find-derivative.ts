import { catalogRoutes, type DerivativeSummary } from "@rollerblade/client";
import type { Server } from "../server/find-server.ts";
import { findId, type Kind, maxNamed } from "../short-id.ts";

const derivative: Kind = { name: "derivative", next: "See them with `rollerblade derivatives list`." };

/** Finds a derivative that is in force by its id, of which the beginning is enough. @throws Problem `invalid`, `not-found` */
export const findDerivative = async (server: Server, text: string): Promise<DerivativeSummary> => {
  const id = await findId(derivative, text, async (idPrefix) => {
    const { items } = await server.call(catalogRoutes.listDerivatives, { query: { idPrefix, limit: maxNamed + 1 } });
    return items.map((one) => ({ id: one.id, what: `${one.dataset}/${one.path}` }));
  });
  return server.call(catalogRoutes.showDerivative, { params: { derivative: id } });
};
