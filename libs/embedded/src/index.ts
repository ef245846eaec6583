export { type Log, silentLog } from "./log.ts";
export { findNatsServer } from "./nats/find-nats-server.ts";
export { natsPublicKey, newNatsSeed } from "./nats/nats-key.ts";
export { type NatsServer, startNats } from "./nats/nats-server.ts";
export type { NatsUsers } from "./nats/nats-users.ts";
export { reloadNatsUsers } from "./nats/reload-users.ts";
export type { Secrets } from "./secrets.ts";
export { type Embedded, type EmbeddedOptions, startEmbedded } from "./start-embedded.ts";
