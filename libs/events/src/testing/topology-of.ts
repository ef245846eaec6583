import { advisoryDurable, type DurableDeclaration, type Topology, topology } from "../topology/topology.ts";

/** The declared streams with one durable for a test, which receives uploads and gives up soon. */
export const topologyOf = (durable: Partial<DurableDeclaration> & { readonly name: string }): Topology => ({
  ...topology,
  durables: [
    ...topology.durables.filter((one) => one.name === advisoryDurable).map((one) => ({ ...one, service: "ingest" })),
    {
      stream: "EVENTS",
      service: "ingest",
      topics: ["scan.uploaded"],
      ackWait: 2_000,
      maxDeliver: 5,
      maxAckPending: 2_000,
      ...durable,
    },
  ],
});
