import { type AccessExplanation, accountsRoutes } from "@rollerblade/client";
import type { Page } from "./pages.ts";
import type { Principal } from "./principal.ts";
import type { ServiceContext } from "./service-context.ts";

/** Which people are wanted, and which page of them. */
type Wanted = {
  readonly principal?: string | undefined;
  readonly limit: number;
  readonly after?: string | undefined;
};

/**
 * One page of who may read what comes of these datasets, and why: whoever may read all of them. It is told to who is admin of all of them,
 * and to everybody about themselves.
 * @throws Problem `forbidden`
 */
export const explainDatasets = async (
  { peer }: Pick<ServiceContext, "peer">,
  asker: Principal,
  datasets: readonly string[],
  { principal, limit, after }: Wanted,
): Promise<Page<AccessExplanation> & { readonly madeFrom: string[] }> => {
  const madeFrom = [...new Set(datasets)].sort();
  const resources = madeFrom.map((name) => ({ kind: "dataset" as const, name }));
  const page = await peer("accounts", asker).call(accountsRoutes.explainAccess, {
    body: { resources, principal, limit, after },
  });
  return { ...page, madeFrom };
};
