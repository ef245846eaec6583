import { Problem } from "@rollerblade/errors";

/** Which registries images may come from. */
export type RegistryRules = {
  /** Hosts such as `ghcr.io`; empty for every public one. */
  readonly registries: readonly string[];
  /**
   * Hosts that may have a private address, such as `registry.lab:5000`, or `http://registry.lab:5000` where it has no TLS. They need not
   * be listed under `registries`.
   */
  readonly privateRegistries: readonly string[];
};

/** Where an image lies: `nats:2` is `https://registry-1.docker.io`, `library/nats`, `2`. */
export type ImagePlace = { readonly registry: URL; readonly repository: string; readonly tag: string };

/** A name, an IPv4 address or an IPv6 address in brackets, perhaps with a port. */
const hostAndPort = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;

/** Docker's registry answers under another name than images state. */
const dockerHub = { name: "docker.io", url: "https://registry-1.docker.io" } as const;

/**
 * Reads a name as container engines do: what has a dot, a port or is `localhost` is a registry. It is asked by HTTPS, but where the
 * rules name it with `http://`.
 */
export const placeOfImage = (name: string, { privateRegistries }: RegistryRules): ImagePlace => {
  const [first = "", ...rest] = name.split("/");
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const path = named ? rest.join("/") : name;
  const [, repository = path, tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(path) ?? [];
  if (!named || first === dockerHub.name) {
    const full = repository.includes("/") ? repository : `library/${repository}`;
    return { registry: new URL(dockerHub.url), repository: full, tag };
  }
  const scheme = privateRegistries.includes(`http://${first}`) ? "http" : "https";
  if (!hostAndPort.test(first) || !URL.canParse(`${scheme}://${first}`)) throw unreadable(name);
  return { registry: new URL(`${scheme}://${first}`), repository, tag };
};

/** Whether a host may have a private address. */
export const mayBePrivate = ({ protocol, host }: URL, { privateRegistries }: RegistryRules): boolean =>
  privateRegistries.includes(host) || privateRegistries.includes(`${protocol}//${host}`);

/**
 * Refuses an image from a registry that the operator has not listed: an image runs with the data of everybody who runs the analysis.
 * @throws Problem `invalid` when images may not come from there
 */
export const requireRegistry = (name: string, { registry }: ImagePlace, rules: RegistryRules): void => {
  const host = registry.origin === dockerHub.url ? dockerHub.name : registry.host;
  if (rules.registries.length === 0 || rules.registries.includes(host) || mayBePrivate(registry, rules)) return;
  throw new Problem({
    code: "invalid",
    message: `The image "${name}" is from ${host}, and images may come from ${rules.registries.join(", ")} only.`,
    subject: "image",
    next: "Push it to one of these registries, or ask the operator to add this one to ROLLERBLADE_SCHEDULER_REGISTRIES.",
  });
};

/**
 * Whether a registry may have its tokens made there. It names that place itself and is sent what the place answers, so that a hostile one
 * could have us fetch whatever we can reach: only its own site is asked (the same registrable domain of the public suffix list), by HTTPS.
 */
export const isOwnRealm = async (registry: URL, realm: URL): Promise<boolean> => {
  if (realm.username !== "" || realm.password !== "") return false;
  if (realm.origin === registry.origin) return true;
  if (realm.protocol !== "https:") return false;
  // Loaded where a registry names another host: the list takes memory.
  const { getDomain } = await import("tldts");
  const site = getDomain(registry.hostname, { allowPrivateDomains: true });
  return site !== null && site === getDomain(realm.hostname, { allowPrivateDomains: true });
};

const unreadable = (name: string): Problem =>
  new Problem({
    code: "invalid",
    message: `The image "${name}" names no registry that can be asked.`,
    subject: "image",
    next: "Write it as REGISTRY/REPOSITORY:TAG.",
  });
