import { Problem } from "@rollerblade/errors";
import type { ResolvedImage } from "@rollerblade/executors/docker";

/** Milliseconds that a registry may take. */
const within = 15_000;

const digest = /^sha256:[0-9a-f]{64}$/;

const manifests = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Where an image lies: `nats:2` is `https://registry-1.docker.io`, `library/nats`, `2`. */
export type ImagePlace = { readonly registry: string; readonly repository: string; readonly tag: string };

/** Reads a name as container engines do: what has a dot, a port or is `localhost` is a registry. */
export const placeOfImage = (name: string): ImagePlace => {
  const [first = "", ...rest] = name.split("/");
  const named = rest.length > 0 && /[.:]|^localhost$/.test(first);
  const path = named ? rest.join("/") : name;
  const [, repository = path, tag = "latest"] = /^(.*?)(?::([^:/]+))?$/.exec(path) ?? [];
  if (!named || first === "docker.io") {
    const full = repository.includes("/") ? repository : `library/${repository}`;
    return { registry: "https://registry-1.docker.io", repository: full, tag };
  }
  const own = /^(localhost|127\.[\d.]+)(:|$)/.test(first);
  return { registry: `${own ? "http" : "https"}://${first}`, repository, tag };
};

/**
 * Asks the registry what a name stands for now, so that it stays that. Only what anybody may pull can be asked for.
 * @throws Problem `invalid` when there is no such image, `unavailable` when the registry does not answer
 */
export const resolveAtRegistry = async (name: string): Promise<ResolvedImage> => {
  const { registry, repository, tag } = placeOfImage(name);
  const url = `${registry}/v2/${repository}/manifests/${encodeURIComponent(tag)}`;
  const first = await ask(name, url, "HEAD", { accept: manifests });
  const token = first.status === 401 ? await tokenFor(name, first.headers.get("www-authenticate") ?? "") : null;
  const answer =
    token === null ? first : await ask(name, url, "HEAD", { accept: manifests, authorization: `Bearer ${token}` });
  const found = answer.headers.get("docker-content-digest") ?? "";
  if (!answer.ok || !digest.test(found)) throw unknown(name, answer.status);
  return { reference: `${name.replace(/:[^:/]+$/, "")}@${found}`, code: `image:${found}` };
};

const ask = (name: string, url: string, method: "GET" | "HEAD", headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method, headers, signal: AbortSignal.timeout(within) }).catch((cause: unknown) => {
    throw new Problem(
      {
        code: "unavailable",
        message: `The image "${name}" cannot be looked up: ${new URL(url).host} does not answer.`,
        subject: name,
        next: byDigest,
      },
      { cause },
    );
  });

/** Registries hand out tokens for what is public: `Bearer realm="…",service="…",scope="…"`. */
const tokenFor = async (name: string, challenge: string): Promise<string | null> => {
  const parts = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value = ""]) => [key, value]));
  const realm = parts.get("realm");
  if (!/^bearer /i.test(challenge) || realm === undefined || !URL.canParse(realm)) return null;
  const url = new URL(realm);
  for (const [key, value] of parts) if (key !== "realm") url.searchParams.set(key, value);
  const answer = await ask(name, url.href, "GET", {});
  if (!answer.ok) return null;
  const body: { token?: unknown; access_token?: unknown } = JSON.parse(await answer.text());
  const token = body.token ?? body.access_token;
  return typeof token === "string" ? token : null;
};

const byDigest = "Give the image by its digest (NAME@sha256:…), or set ROLLERBLADE_SCHEDULER_IMAGES=by-name.";

const unknown = (name: string, status: number): Problem =>
  new Problem({
    code: "invalid",
    message: `Its registry does not show us the image "${name}" (status ${status}).`,
    subject: name,
    next: byDigest,
  });
