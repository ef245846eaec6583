import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { injectTrace } from "@rollerblade/telemetry";
import { onBehalfOfHeader } from "./access.ts";
import type { Principal } from "./principal.ts";
import type { ServiceName } from "./service-name.ts";

/** Where services are; what listens in this process is added as it begins to. */
export type PeerAddresses = Map<ServiceName, string>;

/** The address of a service. @throws Problem `unavailable` */
export const addressOf = (addresses: PeerAddresses, service: ServiceName): string => {
  const url = addresses.get(service);
  if (url !== undefined) return url;
  throw new Problem({
    code: "unavailable",
    message: `The address of ${service} is not configured.`,
    subject: service,
    next: `Put it into ROLLERBLADE_PEERS, like {"${service}": "http://${service}:7700"}.`,
  });
};

/** A client that looks the address up at each call, since a peer of the same process may begin to listen later. */
export const peerClient = (
  addresses: PeerAddresses,
  service: ServiceName,
  token: string,
  onBehalfOf: Principal | undefined,
): HttpClient => {
  const asked = onBehalfOf === undefined ? {} : { [onBehalfOfHeader]: encodeURIComponent(onBehalfOf.name) };
  const headers = () => ({ ...asked, ...traceHeaders() });
  const client = () => createHttpClient({ url: addressOf(addresses, service), token, headers });
  return {
    call: async (route, input) => client().call(route, input),
    raw: async (path, init) => client().raw(path, init),
  };
};

/** The W3C headers of the active trace, so that the peer's spans are part of it. */
const traceHeaders = (): Record<string, string> => {
  const headers: Record<string, string> = {};
  injectTrace((name, value) => {
    headers[name] = value;
  });
  return headers;
};
