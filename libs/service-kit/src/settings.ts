import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { readVariables } from "./read-variables.ts";
import { type ServiceName, serviceNames } from "./service-name.ts";
import type { ServicePublicKeys } from "./service-tokens.ts";

const url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => protocols.test(text), { error: `should be ${example}` });

/** The variables of {@link CommonSettings}, as the environment has them. */
export const commonVariables = z.object({
  databaseUrl: url(/^postgres(ql)?:\/\//, "like postgres://user:password@host:5432/rollerblade").describe(
    "The database: `postgres://user:password@host:5432/database`. All services share it, each with a schema of its own.",
  ),
  natsUrl: url(/^(nats|tls|ws|wss):\/\//, "like nats://host:4222").describe(
    "The NATS servers: `nats://user:seed@host:4222`, several separated by commas; `tls://` asks for a certificate that is trusted.",
  ),
  objects: url(
    /^(none:$|(file|s3|s3\+http):\/\/)/,
    "like file:///data/objects or s3://key:secret@host/bucket",
  ).describe(
    "The bucket: `file:///folder`, or `s3://key:secret@host/bucket?publicEndpoint=…`; `none:` for services that need none: accounts, and the gateway beside a bucket.",
  ),
  publicUrl: url(/^https?:\/\//, "the address that people use, like https://rollerblade.example.org").describe(
    "The address at which people reach the gateway; links begin with it.",
  ),
  serviceKey: z
    .string()
    .optional()
    .describe(
      "The private Ed25519 key by which this service signs its calls of others: PKCS #8 in DER, in base64. Embedded services make their own at each start.",
    ),
  servicePublicKeys: z
    .string()
    .default("{}")
    .describe(
      'The public keys of all services, as JSON: `{"catalog": ["MCow…"]}`; SPKI in DER, in base64. A service has two while its key is replaced.',
    ),
  linkSecret: z
    .string()
    .min(16, "should be a secret of 16 characters or more")
    .describe("The secret that signs expiring links of the folder store and of staging, the same for all services."),
  host: z
    .string()
    .default("127.0.0.1")
    .describe("The address at which the gateway, or the only service of a process, listens."),
  port: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7700)
    .describe("The port of the gateway, or of the only service of a process; 0 takes any free one."),
  metricsPort: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe("The port of `/metrics`, at the address of `ROLLERBLADE_HOST`; none is opened unless it is given."),
  trustedProxies: z
    .string()
    .default("")
    .describe(
      "Addresses and CIDR ranges of the proxies in front of the gateway, separated by commas: what they say in `X-Forwarded-For` counts as the address of a client.",
    ),
  mode: z
    .enum(["embedded", "cluster"])
    .default("cluster")
    .describe("`embedded`: all services in one process, local and trusted. `cluster`: everything else."),
  cache: z
    .enum(["global", "readable"])
    .optional()
    .describe(
      "Whose results may be used again: everybody's (`global`), or those made of what the requester may read (`readable`). By default `global` when embedded, else `readable`.",
    ),
  peers: z
    .string()
    .default("{}")
    .describe(
      'The addresses of other services, as JSON: `{"catalog": "http://catalog:7700"}`. Services of the same process are known without it.',
    ),
  natsReplicas: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .default(1)
    .describe("Copies of each stream; 3 where NATS is a cluster."),
  databasePool: z.coerce.number().int().min(2).default(10).describe("Connections to PostgreSQL of each service."),
  logLevel: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("The lowest level that is logged."),
  logFile: z.string().optional().describe("A file for the log; standard error unless it is given."),
  stopSeconds: z.coerce
    .number()
    .min(0)
    .default(20)
    .describe("How long work in progress may take when the process is asked to stop."),
});

/** What every service needs to know, whatever it does. Each comes from `ROLLERBLADE_<NAME>`. */
export type CommonSettings = {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Where the bytes are: `file:///folder` or `s3://key:secret@host/bucket?publicEndpoint=…`. */
  readonly objects: string;
  /** Where people reach the gateway; links begin with it. No slash at the end. */
  readonly publicUrl: string;
  /** The private key by which the service signs its calls of others; undefined where services of one process make their own. */
  readonly serviceKey: string | undefined;
  /** Whose signatures count. */
  readonly servicePublicKeys: ServicePublicKeys;
  /** The secret that signs links of the folder store and of staging. */
  readonly linkSecret: string;
  readonly host: string;
  /** The port of the gateway, or of the only service of a process; 0 takes any. */
  readonly port: number;
  /** The port of `/metrics`; undefined opens none. */
  readonly metricsPort: number | undefined;
  /** Proxies whose word about the address of a client counts. */
  readonly trustedProxies: readonly string[];
  /** `embedded`: all in one process, local and trusted. */
  readonly mode: "embedded" | "cluster";
  /** Whose results may be used again: everybody's (`global`), or those made of what the asker may read. */
  readonly cache: "global" | "readable";
  /** Where other services are; what runs in the same process is known without it. */
  readonly peers: Readonly<Partial<Record<ServiceName, string>>>;
  /** Replicas of each stream: 3 where NATS is a cluster. */
  readonly natsReplicas: number;
  /** Connections to PostgreSQL of each service. */
  readonly databasePool: number;
  readonly logLevel: string;
  readonly logFile: string | undefined;
  /** How long work in hand may take when stopping, in seconds. */
  readonly stopSeconds: number;
};

/**
 * Reads the common settings from the environment.
 * @throws Problem `invalid` with one finding a variable: its name and what it should be
 */
export const readSettings = (environment: NodeJS.ProcessEnv = process.env): CommonSettings => {
  const { cache, peers, publicUrl, servicePublicKeys, trustedProxies, ...read } = readVariables(
    "ROLLERBLADE",
    commonVariables,
    environment,
  );
  return {
    ...read,
    logFile: read.logFile,
    metricsPort: read.metricsPort,
    trustedProxies: trustedProxies.split(",").flatMap((one) => one.trim() || []),
    publicUrl: publicUrl.replace(/\/+$/, ""),
    serviceKey: read.serviceKey,
    servicePublicKeys: readPublicKeys(servicePublicKeys),
    cache: cache ?? (read.mode === "embedded" ? "global" : "readable"),
    peers: readPeers(peers),
  };
};

const readPeers = (text: string): Record<string, string> =>
  readJson(
    text,
    z.record(z.string(), z.url()),
    "ROLLERBLADE_PEERS",
    'Write JSON like {"catalog": "http://catalog:7700"}.',
  );

const publicKeys = z.partialRecord(z.enum(serviceNames), z.array(z.string()).max(2));

const readPublicKeys = (text: string): ServicePublicKeys =>
  readJson(
    text,
    publicKeys,
    "ROLLERBLADE_SERVICE_PUBLIC_KEYS",
    'Write JSON with at most two keys for each service, like {"catalog": ["MCow…"]}.',
  );

/** Reads a variable that holds JSON. @throws Problem `invalid` that names the variable and not its value */
const readJson = <T>(text: string, schema: z.ZodType<T>, variable: string, next: string): T => {
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Problem({ code: "invalid", message: `${variable} is not what it should be.`, subject: variable, next });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
