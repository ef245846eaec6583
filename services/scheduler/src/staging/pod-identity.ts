import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import type { ClusterView, PodStatus } from "@rollerblade/executors/kubernetes";
import { ClusterError } from "@rollerblade/kubernetes";
import type { FastifyRequest } from "fastify";
import { type BoundPod, createTokenCheck, type TokenParts } from "./pod-token.ts";

/** What telling Pods apart needs. */
export type IdentityParts = TokenParts & {
  readonly view: ClusterView;
  readonly checkAddress: boolean;
};

/** Identifies the Pod that a request comes from. @throws Problem `unauthenticated`, `forbidden`, `unavailable` */
export type Identify = (request: FastifyRequest) => Promise<PodStatus>;

/** Milliseconds for which a token is not checked again: a Pod asks three times within moments, with one token. */
const believed = 60_000;

/** Tokens that are remembered. */
const remembered = 10_000;

/**
 * Knows Pods by their projected token: the cluster has bound it to one Pod, and it is good only from the address of that
 * very Pod, so that a token that was carried away is worth nothing.
 */
export const createIdentify = (parts: IdentityParts): Identify => {
  const { view, checkAddress } = parts;
  const check = createTokenCheck(parts);
  const known = new Map<string, { readonly until: number; readonly bound: Promise<BoundPod> }>();
  const boundTo = (token: string): Promise<BoundPod> => {
    const key = createHash("sha256").update(token).digest("base64");
    const found = known.get(key);
    if (found !== undefined && found.until > Date.now()) return found.bound;
    const bound = check(token).catch(unavailable);
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

const requireAddress = (pod: PodStatus, address: string): void => {
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

const notYet = (pod: PodStatus): Problem =>
  new Problem({
    code: "unavailable",
    message: `The address of the Pod ${pod.name} is not known yet.`,
    subject: pod.name,
  });

const unknown = (message: string): Problem => new Problem({ code: "unauthenticated", message });

/** A cluster that did not answer has not refused the token: the Pod is to try again. */
const unavailable = (error: unknown): never => {
  if (!(error instanceof ClusterError)) throw error;
  throw new Problem(
    { code: "unavailable", message: `The cluster cannot be asked: ${error.message}`, subject: "tokenreviews" },
    { cause: error },
  );
};
