import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Problem } from "@rollerblade/errors";
import type { ResolvedImage } from "@rollerblade/executors/docker";
import { askOutside, type OutboundAnswer, OutboundRefused } from "@rollerblade/service-kit/outbound";
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { isOwnRealm, mayBePrivate, placeOfImage, type RegistryRules, requireRegistry } from "./registry-rules.ts";

const digest = /^sha256:[0-9a-f]{64}$/;

const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Asks the registry what a name stands for now, so that it stays that. Only what anybody may pull can be asked for.
 * @throws Problem `invalid` when there is no such image, or it may not come from there; `unavailable` when the registry does not answer
 */
export const resolveAtRegistry = async (name: string, rules: RegistryRules): Promise<ResolvedImage> => {
  const place = placeOfImage(name, rules);
  requireRegistry(name, place, rules);
  const { registry, repository, tag } = place;
  const url = new URL(`/v2/${repository}/manifests/${encodeURIComponent(tag)}`, registry);
  const ask = (asked: URL, method: "GET" | "HEAD", headers: Record<string, string>): Promise<OutboundAnswer> =>
    askOutside({ url: asked, method, headers, mayBePrivate: (one) => mayBePrivate(one, rules) }).catch(
      (cause: unknown) => {
        throw cause instanceof OutboundRefused ? refused(name, cause) : silent(name, registry, cause);
      },
    );
  const first = await ask(url, "HEAD", { accept: manifests });
  const realm = first.status === 401 ? await realmOf(registry, first.headers["www-authenticate"] ?? "") : null;
  const token = realm === null ? null : tokenIn(await ask(realm, "GET", {}));
  const answer =
    token === null ? first : await ask(url, "HEAD", { accept: manifests, authorization: `Bearer ${token}` });
  const found = String(answer.headers["docker-content-digest"] ?? "");
  if (answer.status !== 200 || !digest.test(found)) throw unknown(name, answer.status);
  return { reference: `${name.replace(/:[^:/]+$/, "")}@${found}`, code: `image:${found}` };
};

/**
 * Refuses to have an image pulled by Docker from where images may not come from. Docker makes the requests itself, so the address is
 * checked beforehand.
 * @throws Problem `invalid`
 */
export const requirePullable = async (name: string, rules: RegistryRules): Promise<void> => {
  const place = placeOfImage(name, rules);
  requireRegistry(name, place, rules);
  const { registry } = place;
  if (mayBePrivate(registry, rules)) return;
  const host = registry.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) !== 0 ? [host] : await addressesOf(host);
  const closed = addresses.find((address) => ipaddr.process(address).range() !== "unicast");
  if (closed !== undefined) throw refused(name, new OutboundRefused(`${registry.host} has no public address`));
};

/** A name that nobody knows is Docker's to report. */
const addressesOf = async (host: string): Promise<string[]> => {
  const found = await lookup(host, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
};

/** Reads where the registry has its tokens made: `Bearer realm="…",service="…",scope="…"`; null where that is not its own site. */
const realmOf = async (registry: URL, challenge: string): Promise<URL | null> => {
  const parts = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
  const realm = parts.get("realm");
  if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm)) return null;
  const url = new URL(realm);
  if (!(await isOwnRealm(registry, url))) return null;
  for (const [key, value] of parts) if (key !== "realm") url.searchParams.set(key, value);
  return url;
};

const tokens = z.object({ token: z.string().optional(), access_token: z.string().optional() });

const tokenIn = ({ status, body }: OutboundAnswer): string | null => {
  if (status !== 200) return null;
  const parsed = tokens.safeParse(parseJson(body));
  return parsed.data?.token ?? parsed.data?.access_token ?? null;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const byDigest = "Give the image by its digest (NAME@sha256:…), or set ROLLERBLADE_SCHEDULER_IMAGES=by-name.";

const unknown = (name: string, status: number): Problem =>
  new Problem({
    code: "invalid",
    message: `Its registry does not show us the image "${name}" (status ${status}).`,
    subject: name,
    next: byDigest,
  });

const refused = (name: string, cause: OutboundRefused): Problem =>
  new Problem(
    {
      code: "invalid",
      message: `The image "${name}" is not looked up: ${cause.message}.`,
      subject: name,
      next: "Give it by its digest (NAME@sha256:…), or ask the operator to name its registry in ROLLERBLADE_SCHEDULER_PRIVATE_REGISTRIES.",
    },
    { cause },
  );

const silent = (name: string, registry: URL, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `The image "${name}" cannot be looked up: ${registry.host} does not answer.`,
      subject: name,
      next: byDigest,
    },
    { cause },
  );
