import { Problem } from "@rollerblade/errors";
import type { ServiceContext } from "@rollerblade/service-kit";

/**
 * On a person's own machine: answers only who asked for this machine by name. A web page of somebody else can point its own
 * name at 127.0.0.1 (DNS rebinding), and its script would then speak to us as if we were its server; it cannot choose the
 * Host header.
 */
export const requireOwnHost = ({ http, settings }: ServiceContext): void => {
  if (settings.mode !== "embedded") return;
  const publicHost = new URL(settings.publicUrl).hostname;
  http.addHook("onRequest", async (request) => {
    const host = hostOf(request.headers.host);
    if (!isOwnHost(host, publicHost, request.socket.localAddress)) throw foreignHost(host);
  });
};

/**
 * Whether a Host header without its port names this machine: by its public name, or by the address at which the request arrived. The names
 * of the loopback are for requests that came by it, so that nobody elsewhere passes for somebody here.
 */
export const isOwnHost = (host: string, publicHost: string, localAddress: string | undefined): boolean => {
  const address = (localAddress ?? "").replace(/^::ffff:/, "");
  if (["127.0.0.1", "localhost", "[::1]"].includes(host)) return isLoopback(address);
  return host === publicHost || (address !== "" && host === (address.includes(":") ? `[${address}]` : address));
};

/** Whether an address is one of this machine's own, by which nothing comes in from the network. */
export const isLoopback = (address: string): boolean => address === "::1" || address.startsWith("127.");

/** The name in a Host header: small letters, without the port. */
export const hostOf = (header: string | undefined): string => (header ?? "").toLowerCase().replace(/:\d+$/, "");

const foreignHost = (host: string): Problem =>
  new Problem({
    code: "forbidden",
    message: `This server is not "${host}".`,
    subject: host,
    next: "Open it as http://127.0.0.1, or set ROLLERBLADE_PUBLIC_URL to the name that people use.",
  });
