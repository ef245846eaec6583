import { Problem } from "@rollerblade/errors";

/** A header that no page of another site can send without asking the server first, which nothing here allows. */
const csrfHeader = "x-rollerblade-csrf";

/** What tells where a request comes from. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Lets a request pass that a page of this server has made, against forged ones of other sites (CSRF): it has our header, and browsers name the
 * page's origin in every request that may change something.
 * @param hosts names and ports that are this server
 * @throws Problem `forbidden`
 */
export const requireSameOrigin = (headers: RequestHeaders, hosts: readonly string[]): void => {
  const { origin } = headers;
  const host = typeof origin === "string" && URL.canParse(origin) ? new URL(origin).host : undefined;
  const ours =
    origin === undefined ? headers["sec-fetch-site"] === "same-origin" : host !== undefined && hosts.includes(host);
  if (ours && headers[csrfHeader] !== undefined) return;
  throw new Problem({
    code: "forbidden",
    message: "This request was not made by a page of this server.",
    next: `Send the header ${csrfHeader} from a page of this server, or a token instead of the cookie.`,
  });
};
