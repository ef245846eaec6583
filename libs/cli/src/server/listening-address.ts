import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import { Problem } from "@rollerblade/errors";

/** Set to 1 by whoever wants to be reached without TLS. */
const insistVariable = "ROLLERBLADE_ALLOW_PLAIN_HTTP";

/**
 * Refuses to listen where other machines reach the server, unless that was insisted on: it speaks HTTP without TLS, so whoever sees the
 * traffic has tokens and scans.
 * @throws Problem `invalid` that names the setting
 */
export const requireSafeHost = (host: string, environment: NodeJS.ProcessEnv = process.env): void => {
  if (isLoopback(host) || environment[insistVariable] === "1") return;
  throw new Problem({
    code: "invalid",
    message: `\`up\` does not listen at ${host}: it has no TLS, so tokens and scans would pass the network in clear.`,
    subject: "--host",
    next: `Leave out --host and put a proxy with TLS in front of it (ROLLERBLADE_PUBLIC_URL is its address), or set ${insistVariable}=1 where the network itself is trusted.`,
  });
};

/** Whether only this machine reaches an address. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);

/** The address by which this machine reaches a server that listens at `host`. */
export const localUrl = (host: string, port: number): string => {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${isIP(reached) === 6 ? `[${reached}]` : reached}:${port}`;
};

/** The addresses by which other machines reach it: those of all interfaces where it listens at all of them. */
export const remoteUrls = (host: string, port: number): string[] => {
  if (isLoopback(host)) return [];
  if (host !== "0.0.0.0" && host !== "::") return [localUrl(host, port)];
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && (host === "::" || family === "IPv4"))
    .map(({ address }) => localUrl(address, port));
};
