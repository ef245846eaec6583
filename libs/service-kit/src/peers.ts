import { createHttpClient, type HttpClient } from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { injectTrace } from "@rollerblade/telemetry";
import type { OnBehalfOf } from "./principal.ts";
import { addressHeader, currentRequest } from "./request-record.ts";
import type { ServiceName } from "./service-name.ts";
import type { ServiceTokens } from "./service-tokens.ts";

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

/**
 * A client that looks the address up at each call, since a peer of the same process may begin to listen later, and signs each, since a
 * token is soon worth nothing.
 */
export const peerClient = (
  addresses: PeerAddresses,
  service: ServiceName,
  tokens: ServiceTokens,
  onBehalfOf: OnBehalfOf | undefined,
): HttpClient => {
  const client = async () => {
    const url = addressOf(addresses, service);
    return createHttpClient({ url, token: await tokens.sign(service, onBehalfOf), headers: requestHeaders });
  };
  return {
    call: async (route, input, conditions) => (await client()).call(route, input, conditions),
    raw: async (path, init) => (await client()).raw(path, init),
  };
};

/** The W3C headers of the active trace, so that the peer's spans are part of it, and the address of whom it is for, so that the audit log has it. */
const requestHeaders = (): Record<string, string> => {
  const headers: Record<string, string> = {};
  injectTrace((name, value) => {
    headers[name] = value;
  });
  const address = currentRequest()?.address;
  return address === undefined ? headers : { ...headers, [addressHeader]: address };
};
