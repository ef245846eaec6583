import { setTimeout as sleep } from "node:timers/promises";
import { nkeyAuthenticator } from "@nats-io/nats-core";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { backOffMs, Problem } from "@rollerblade/errors";
import { requireServerVersion } from "./server-version.ts";

/** Where the NATS server is, and as whom we speak to it. */
export type NatsOptions = {
  /**
   * One address or several, comma separated: `nats://<user>:<seed>@host:4222`, where the seed of an nkey (`SU…`) signs the server's
   * challenge and never travels, `nats://user:password@host:4222` or `nats://token@host:4222`.
   */
  readonly url: string;
  /** Shown by the server's monitoring. */
  readonly name: string;
  /** Ends the waiting for the first connection. */
  readonly signal?: AbortSignal;
};

/**
 * Connects, waits for as long as it takes, and from then on reconnects for ever: a server that was killed is found again when it is
 * back.
 * @throws Problem `unavailable` when the server is too old, `cancelled` when the signal aborts first
 */
export const connectNats = async ({ url, name, signal }: NatsOptions): Promise<NatsConnection> => {
  const connection = await firstConnection({ ...connectionOptions(addressesOf(url)), name, ...reconnecting }, signal);
  try {
    requireServerVersion(connection.info?.version ?? "0");
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
};

const reconnecting = {
  maxReconnectAttempts: -1,
  reconnectTimeWait: 250,
  reconnectJitter: 250,
  pingInterval: 10_000,
  maxPingOut: 2,
  timeout: 2_000,
  // Two stack traces a request would be a fifth of the time of a busy relay.
  noAsyncTraces: true,
};

/** A server that is starting listens within a second; one that is away may be so for hours. */
const firstBackOff = { minMs: 100, maxMs: 2_000 };

type Connecting = Parameters<typeof connect>[0];

// `waitOnFirstConnect` cannot be cancelled, so the first connection has its own loop.
const firstConnection = async (options: Connecting, signal: AbortSignal | undefined): Promise<NatsConnection> => {
  for (let failures = 1; ; failures++) {
    if (signal?.aborted) throw new Problem({ code: "cancelled", message: "Stopped while waiting for NATS." });
    try {
      return await connect({ ...options });
    } catch (error) {
      if (!isUnreachable(error)) throw unavailable(options, error);
      await sleep(backOffMs(failures, firstBackOff), undefined, { ...(signal !== undefined && { signal }) }).catch(
        () => {},
      );
    }
  }
};

const isUnreachable = (error: unknown): boolean =>
  error instanceof Error &&
  /refused|ECONN|ENOTFOUND|EAI_AGAIN|timeout|closed/i.test(`${error.name} ${error.message} ${error.cause}`);

const unavailable = (options: Connecting, cause: unknown): Problem =>
  new Problem(
    {
      code: "unavailable",
      message: `NATS refuses the connection: ${cause instanceof Error ? cause.message : String(cause)}.`,
      subject: [options?.servers ?? []].flat().join(","),
      next: "Check the address, user and password in ROLLERBLADE_NATS_URL.",
    },
    { cause },
  );

type Addresses = { servers: string[]; user?: string; pass?: string; token?: string; tls?: object };

/**
 * The servers of a list of URLs, and the credentials in the first one: `user:password@`, or `token@`. `tls://` takes no server without a
 * certificate of a trusted authority; with `nats://` the server decides.
 */
export const addressesOf = (url: string): Addresses => {
  const urls = url.split(",").map((part) => new URL(part.includes("://") ? part.trim() : `nats://${part.trim()}`));
  const servers = urls.map((one) => `${one.hostname}:${one.port === "" ? 4222 : one.port}`);
  const user = decodeURIComponent(urls[0]?.username ?? "");
  const pass = decodeURIComponent(urls[0]?.password ?? "");
  const secured = urls.some(({ protocol }) => protocol === "tls:") ? { servers, tls: {} } : { servers };
  if (user === "") return secured;
  return pass === "" ? { ...secured, token: user } : { ...secured, user, pass };
};

/** The seed of a user's nkey: https://docs.nats.io/using-nats/developer/connecting/nkey */
const nkeySeed = /^SU[A-Z2-7]{56}$/;

/** The inbox of a user, where only it may listen: replies and pulled messages arrive there. */
export const inboxPrefix = (user: string): string => `_INBOX_${user}`;

const connectionOptions = ({ pass, ...rest }: Addresses): NonNullable<Connecting> => {
  if (pass === undefined || !nkeySeed.test(pass)) return { ...rest, ...(pass !== undefined && { pass }) };
  const { user = "", ...addresses } = rest;
  return {
    ...addresses,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(pass)),
    inboxPrefix: inboxPrefix(user),
  };
};
