import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import { type ClusterClient, ClusterError } from "@rollerblade/kubernetes";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { ClusterView } from "./cluster-view.ts";
import type { PodSeen } from "./seen.ts";

/** What telling Pods apart needs. */
export type IdentityParts = {
  readonly client: ClusterClient;
  readonly view: ClusterView;
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string;
  readonly checkAddress: boolean;
};

/** Says which Pod a request comes from. @throws Problem `unauthenticated`, `forbidden`, `unavailable` */
export type Identify = (request: FastifyRequest) => Promise<PodSeen>;

/** Milliseconds that a review is believed: a Pod asks three times within moments, with one token. */
const believed = 60_000;

/** Reviews that are remembered. */
const remembered = 10_000;

type Bound = { readonly name: string; readonly uid: string };

const review = z.object({
  status: z
    .object({
      authenticated: z.boolean().default(false),
      audiences: z.array(z.string()).default([]),
      user: z
        .object({ username: z.string().default(""), extra: z.record(z.string(), z.array(z.string())).default({}) })
        .prefault({}),
    })
    .prefault({}),
});

/**
 * Knows Pods by their projected token: the API server says to which Pod it is bound, and it is good only from the address of that
 * very Pod, so that a token that was carried away is worth nothing.
 */
export const createIdentify = (parts: IdentityParts): Identify => {
  const { view, checkAddress } = parts;
  const known = new Map<string, { readonly until: number; readonly bound: Promise<Bound> }>();
  const boundTo = (token: string): Promise<Bound> => {
    const key = createHash("sha256").update(token).digest("base64");
    const found = known.get(key);
    if (found !== undefined && found.until > Date.now()) return found.bound;
    const bound = reviewToken(parts, token);
    known.delete(key);
    known.set(key, { until: Date.now() + believed, bound });
    bound.catch(() => known.delete(key));
    for (const oldest of known.keys()) {
      if (known.size <= remembered) break;
      known.delete(oldest);
    }
    return bound;
  };
  return async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token === undefined) throw unknown("This needs the token of a Pod.");
    const bound = await boundTo(token);
    const pod = await view.pod(bound.name, bound.uid, checkAddress).catch(unavailable);
    if (pod === null) throw unknown(`The Pod ${bound.name} of this token is gone.`);
    if (checkAddress) requireAddress(pod, request.ip);
    return pod;
  };
};

const reviewToken = async (parts: IdentityParts, token: string): Promise<Bound> => {
  const { client, namespace, serviceAccount, audience } = parts;
  const answer = await client
    .call({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/tokenreviews",
      body: {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenReview",
        spec: { token, audiences: [audience] },
      },
    })
    .catch(unavailable);
  const { authenticated, audiences, user } = review.parse(answer).status;
  if (!authenticated || !audiences.includes(audience)) throw unknown("This token is not one of a Pod, or not for us.");
  if (user.username !== `system:serviceaccount:${namespace}:${serviceAccount}`)
    throw unknown(`This token is one of ${user.username}, which runs no analyses.`);
  const [name] = user.extra["authentication.kubernetes.io/pod-name"] ?? [];
  const [uid] = user.extra["authentication.kubernetes.io/pod-uid"] ?? [];
  if (name === undefined || uid === undefined) throw unknown("This token is bound to no Pod.");
  return { name, uid };
};

const requireAddress = (pod: PodSeen, address: string): void => {
  // The kubelet tells the address a moment after the Pod has it.
  if (pod.addresses.length === 0) throw notYet(pod);
  const plain = address.replace(/^::ffff:/i, "");
  if (pod.addresses.includes(plain)) return;
  throw new Problem({
    code: "forbidden",
    message: `This token belongs to the Pod ${pod.name} at ${pod.addresses.join(", ")}, and was sent from ${plain}.`,
    subject: pod.name,
    next: "Where the network hides the addresses of Pods, set ROLLERBLADE_SCHEDULER_CHECK_POD_ADDRESS=false.",
  });
};

const notYet = (pod: PodSeen): Problem =>
  new Problem({
    code: "unavailable",
    message: `The address of the Pod ${pod.name} is not known yet.`,
    subject: pod.name,
  });

const unknown = (message: string): Problem => new Problem({ code: "unauthenticated", message });

/** A review that could not be made says nothing about the token. */
const unavailable = (error: unknown): never => {
  if (!(error instanceof ClusterError)) throw error;
  throw new Problem(
    { code: "unavailable", message: `The cluster cannot be asked: ${error.message}`, subject: "tokenreviews" },
    { cause: error },
  );
};
