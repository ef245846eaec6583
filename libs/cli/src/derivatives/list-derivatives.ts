import { catalogRoutes, type DerivativeSummary, readAll } from "@rollerblade/client";
import { formatBytes, printJson, printTable, type Reading } from "../print.ts";
import { findServer, type Server } from "../server/find-server.ts";

/** Which derivatives are meant; what is absent does not matter. */
export type DerivativeChoice = {
  readonly dataset?: string;
  readonly subject?: string;
  readonly session?: string;
  /** `NAME`, or `NAME@VERSION` for this version alone. */
  readonly analysis?: string;
  readonly output?: string;
  readonly outdated?: boolean;
};

/** Runs `derivatives list`: one row for each derivative that is in force, by dataset and path. */
export const listDerivatives = async ({
  json,
  limit,
  ...choice
}: DerivativeChoice & Reading & { readonly limit: number }): Promise<void> => {
  const items = await derivativesOf(await findServer(), choice, limit);
  if (json === true) return printJson(items);
  printTable(
    ["derivative", "analysis", "output", "file", "size", "state"],
    items.map((one) => [
      one.id,
      `${one.analysis} ${one.version}`,
      one.output,
      `${one.dataset}/${one.path}`,
      formatBytes(one.size),
      one.outdated ? "outdated" : "",
    ]),
    "No derivatives. An analysis makes them: see `rollerblade run --help`.",
  );
};

/** Reads the derivatives in force that are meant. */
export const derivativesOf = async (
  server: Server,
  { analysis: reference, outdated, subject, session, ...places }: DerivativeChoice,
  limit: number,
): Promise<DerivativeSummary[]> => {
  const [analysis, version] = reference?.split("@") ?? [];
  const query = {
    ...places,
    ...(subject === undefined ? {} : { subject: subject.replace(/^sub-/, "") }),
    ...(session === undefined ? {} : { session: session.replace(/^ses-/, "") }),
    ...(analysis === undefined ? {} : { analysis }),
    ...(outdated === true ? { outdated: "true" } : {}),
  };
  const items = await readAll(
    (after) =>
      server.call(catalogRoutes.listDerivatives, { query: { ...query, limit: Math.min(limit, pageSize), after } }),
    version === undefined ? limit : Number.POSITIVE_INFINITY,
  );
  return items.filter((one) => version === undefined || one.version === version).slice(0, limit);
};

/** Derivatives of one request. */
const pageSize = 500;
