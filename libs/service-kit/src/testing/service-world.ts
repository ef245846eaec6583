import { createHttpClient, type HttpClient, type HttpClientOptions } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import { hashToken } from "../access.ts";
import type { Principal } from "../principal.ts";
import { type ServiceName, serviceNames } from "../service-name.ts";
import { createServiceTokens, newServiceKeys } from "../service-tokens.ts";
import { type CommonSettings, readSettings } from "../settings.ts";

/** The servers that a service of a test works with; `startTestServers` starts them. */
export type WorldServers = { readonly databaseUrl: string; readonly natsUrl: string; readonly objectsUrl: string };

const { privateKeys, publicKeys } = newServiceKeys(["catalog"]);
const shared = privateKeys.catalog ?? "";

/** The variables by which services of tests, all with one key, believe each other; and the secret of their links. */
export const serviceKeyVariables = {
  ROLLERBLADE_SERVICE_KEY: shared,
  ROLLERBLADE_SERVICE_PUBLIC_KEYS: JSON.stringify(
    Object.fromEntries(serviceNames.map((name) => [name, publicKeys.catalog])),
  ),
  ROLLERBLADE_LINK_SECRET: "a-secret-of-links-for-tests",
};

/** A token by which a service calls another of the tests; it is good for a minute. */
export const serviceToken = (
  audience: ServiceName,
  from: ServiceName = "gateway",
  person?: Principal,
): Promise<string> => createServiceTokens(from, shared, {}).sign(audience, person);

/** A client that calls a service of the tests as another service, for as long as the test takes. */
export const serviceClient = (
  audience: ServiceName,
  options: Omit<HttpClientOptions, "token">,
  from: ServiceName = "gateway",
): HttpClient => {
  const client = async () => createHttpClient({ ...options, token: await serviceToken(audience, from) });
  return {
    call: async (route, input, conditions) => (await client()).call(route, input, conditions),
    raw: async (path, init) => (await client()).raw(path, init),
  };
};

/**
 * Settings of a service that listens on any free port and logs nothing; `TEST_LOG_LEVEL=debug` shows what it does.
 *
 *     const running = await runService(tagger, testSettings(await startTestServers()));
 * @param more further variables, which win
 */
export const testSettings = (servers: WorldServers, more: NodeJS.ProcessEnv = {}): CommonSettings =>
  readSettings({
    ROLLERBLADE_DATABASE_URL: servers.databaseUrl,
    ROLLERBLADE_NATS_URL: servers.natsUrl,
    ROLLERBLADE_OBJECTS: servers.objectsUrl,
    ROLLERBLADE_PUBLIC_URL: "http://127.0.0.1:1",
    ...serviceKeyVariables,
    ROLLERBLADE_PORT: "0",
    ROLLERBLADE_LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? "silent",
    ...more,
  });

/** Creates `accounts.access_v1` and `resources_v1`, the views through which every service asks for rights, as tables that the test fills. */
export const createAccessTable = async (sql: Sql): Promise<void> => {
  await sql`create schema if not exists accounts`;
  await sql`create table accounts.access_v1 (token_hash text, principal text, admin boolean, kind text, resource text, role text,
    resource_id uuid, begun_at timestamptz, since timestamptz, scope text, credential text, limited_token uuid)`;
  await sql`create table accounts.resources_v1 (id uuid, kind text, name text, owner text, begun_at timestamptz)`;
};

/** A row of the view: a principal, and one grant of it or none. */
export type GrantRow = {
  readonly principal: string;
  /** The clear token; null for a principal that does not sign in. @default the name of the principal */
  readonly token?: string | null;
  /** @default false */
  readonly admin?: boolean;
  /** @default none */
  readonly on?: {
    readonly kind: "dataset" | "analysis" | "pipeline" | "asset";
    readonly resource: string;
    readonly role: string;
  };
};

/** Makes a principal known, with one grant or none. */
export const insertGrant = async (sql: Sql, { principal, token, admin = false, on }: GrantRow): Promise<void> => {
  const hash = token === null ? null : hashToken(token ?? principal);
  await sql`
    insert into accounts.access_v1
    values (${hash}, ${principal}, ${admin}, ${on?.kind ?? null}, ${on?.resource ?? null}, ${on?.role ?? null})`;
};
