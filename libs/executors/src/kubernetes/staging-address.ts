import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/** A name and the addresses that it has: an entry of `hostAliases` of a Pod (PodSpec v1). */
export type HostAddress = { readonly hostname: string; readonly addresses: readonly string[] };

/**
 * Looks up the host of the staging door for Pods, which have no DNS: a name that is looked up is a way to carry data away. A Service
 * keeps its address as long as it exists, so that Pods which wait for hours find it, too.
 * @returns null for an address, which needs no look-up
 */
export const lookUpStaging = async (stagingUrl: string): Promise<HostAddress | null> => {
  const { hostname } = new URL(stagingUrl);
  // An IPv6 address stands in brackets in a URL.
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0) return null;
  const found = await lookup(hostname, { all: true });
  return { hostname, addresses: found.map(({ address }) => address) };
};
