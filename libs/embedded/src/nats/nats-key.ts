import { createUser, fromSeed } from "@nats-io/nkeys";

/** The private half of a user's nkey, `SU…`: what a client signs the server's challenge with. */
export const newNatsSeed = (): string => new TextDecoder().decode(createUser().getSeed());

/** The public half of a seed, `U…`: what stands in the server's configuration. */
export const natsPublicKey = (seed: string): string => fromSeed(new TextEncoder().encode(seed)).getPublicKey();
