import { type Route, takesIdempotencyKey } from "@rollerblade/client";
import { isPaged } from "./cursors.ts";

/** What of the options of a route callers have to know. */
type Served = { readonly open?: boolean; readonly isConditional: boolean; readonly maxMs: number };

/** Milliseconds after which an answer is late enough that a caller should know it. */
const usualMs = 60_000;

/**
 * What a caller has to know of an operation beside what it does, as sentences: which token is enough, how it is answered in pages, how it is
 * repeated safely. It is written from what the route declares, so that it is true of it.
 */
export const describeOperation = (route: Route, served: Served): string =>
  [
    route.summary,
    tokenOf(route, served),
    ...(isPaged(route) ? ["It is answered in pages: send `next` as `after`, until it is null."] : []),
    ...(served.open !== true && takesIdempotencyKey(route)
      ? [
          "Sent again with the same `Idempotency-Key` within 24 hours, it is not done twice and is answered as the first time.",
        ]
      : []),
    ...(served.isConditional && route.method !== "GET"
      ? ["With `If-Match` it is done only where nothing has changed since that `ETag`."]
      : []),
    ...(served.maxMs > usualMs ? [`It may take ${Math.round(served.maxMs / 60_000)} minutes.`] : []),
  ].join(" ");

const tokenOf = (route: Route, { open = false }: Served): string => {
  if (open) return "It needs no token.";
  const { scope = route.method === "GET" ? "read" : "write", wholeAccount = false } = route;
  if (scope === "session") return "It needs somebody who has signed in: no token is enough.";
  const enough =
    scope === "read"
      ? "Every token is enough for it"
      : `It needs a token with the scope \`${scope}\`${scope === "admin" ? "" : " or a stronger one"}`;
  return wholeAccount ? `${enough} that is not limited to resources.` : `${enough}.`;
};
