import { type Namespace, type Peer, type Pod, type Policy, type Port, selects } from "./objects.ts";

/** All that decides who may speak to whom. */
export type Situation = {
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly Policy[];
};

type Direction = {
  /** What nftables calls the address of the Pod that policies are of, and that of the other side. */
  readonly own: "saddr" | "daddr";
  readonly other: "saddr" | "daddr";
  readonly rulesOf: (policy: Policy) => readonly { readonly peers: readonly Peer[]; readonly ports: readonly Port[] }[];
  readonly applies: (policy: Policy) => boolean;
};

const leaving: Direction = {
  own: "saddr",
  other: "daddr",
  rulesOf: ({ egress }) => egress.map(({ to, ports }) => ({ peers: to, ports })),
  applies: ({ policyTypes }) => policyTypes.includes("Egress"),
};

const entering: Direction = {
  own: "daddr",
  other: "saddr",
  rulesOf: ({ ingress }) => ingress.map(({ from, ports }) => ({ peers: from, ports })),
  applies: ({ policyTypes }) => policyTypes.includes("Ingress"),
};

/**
 * The policies as rules of nftables, which replace those that were there: for what Pods send to each other and to this machine. What
 * this machine sends to Pods is never refused, as Kubernetes wants it for probes.
 */
export const nftables = (table: string, podNetwork: string, situation: Situation): string => `table inet ${table}
delete table inet ${table}
table inet ${table} {
  chain leaving {
    ${chain(leaving, situation).join("\n    ")}
  }
  chain entering {
    ${chain(entering, situation).join("\n    ")}
  }
  chain forward {
    type filter hook forward priority -1; policy accept;
    ct state established,related accept
    ip saddr ${podNetwork} jump leaving
    ip saddr ${podNetwork} ip daddr ${podNetwork} jump entering
  }
  chain input {
    type filter hook input priority -1; policy accept;
    ct state established,related accept
    ip saddr ${podNetwork} jump leaving
  }
}
`;

/** What returns is allowed; what is of a Pod under some policy and does not return, is refused. */
const chain = (direction: Direction, situation: Situation): string[] => {
  const policies = situation.policies.filter(direction.applies);
  const under = policies.map((policy) => ({ policy, pods: addresses(podsUnder(policy, situation)) }));
  const allowed = under.flatMap(({ policy, pods }) =>
    pods.length === 0
      ? []
      : allowedBy(direction, policy, situation).map((what) => `ip ${direction.own} ${set(pods)} ${what} return`),
  );
  const isolated = [...new Set(under.flatMap(({ pods }) => pods))].sort();
  return [...allowed, ...(isolated.length === 0 ? [] : [`ip ${direction.own} ${set(isolated)} counter reject`])];
};

const podsUnder = ({ namespace, podSelector }: Policy, { pods }: Situation): Pod[] =>
  pods.filter((pod) => pod.namespace === namespace && selects(podSelector, pod.labels));

const allowedBy = (direction: Direction, policy: Policy, situation: Situation): string[] =>
  direction
    .rulesOf(policy)
    .flatMap(({ peers, ports }) =>
      others(direction.other, peers, policy, situation).flatMap((other) =>
        (ports.length === 0 ? [""] : ports.map(portMatch)).map((port) => `${other} ${port}`.trim()),
      ),
    );

const others = (side: string, peers: readonly Peer[], policy: Policy, situation: Situation): string[] =>
  peers.length === 0 ? [""] : peers.flatMap((peer) => peerMatch(side, peer, policy, situation));

const peerMatch = (side: string, { ipBlock, ...peer }: Peer, policy: Policy, situation: Situation): string[] => {
  if (ipBlock !== undefined) {
    const except = ipBlock.except.length === 0 ? "" : ` ip ${side} != ${set(ipBlock.except)}`;
    return [`ip ${side} ${ipBlock.cidr}${except}`];
  }
  const found = addresses(situation.pods.filter((pod) => isPeer(pod, peer, policy, situation)));
  return found.length === 0 ? [] : [`ip ${side} ${set(found)}`];
};

const isPeer = (
  pod: Pod,
  { podSelector, namespaceSelector }: Peer,
  policy: Policy,
  { namespaces }: Situation,
): boolean => {
  const home = namespaces.find(({ name }) => name === pod.namespace);
  const there =
    namespaceSelector === undefined
      ? pod.namespace === policy.namespace
      : selects(namespaceSelector, home?.labels ?? {});
  return there && (podSelector === undefined || selects(podSelector, pod.labels));
};

const portMatch = ({ protocol, port, endPort }: Port): string => {
  const name = protocol.toLowerCase();
  if (port === undefined) return `meta l4proto ${name}`;
  return `${name} dport ${port}${endPort === undefined ? "" : `-${endPort}`}`;
};

const addresses = (pods: readonly Pod[]): string[] => [...new Set(pods.map(({ address }) => address))].sort();
const set = (values: readonly string[]): string => `{ ${values.join(", ")} }`;
