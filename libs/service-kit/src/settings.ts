import { createHash } from "node:crypto";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import type { ServiceName } from "./define-service.ts";
import { readVariables } from "./read-variables.ts";

const url = (protocols: RegExp, example: string) =>
  z.string().refine((text) => protocols.test(text), { error: `should be ${example}` });

const variables = z.object({
  databaseUrl: url(/^postgres(ql)?:\/\//, "like postgres://user:password@host:5432/rollerblade"),
  natsUrl: url(/^(nats|tls|ws|wss):\/\//, "like nats://host:4222"),
  objects: url(/^(file|s3|s3\+http):\/\//, "like file:///data/objects or s3://key:secret@host/bucket"),
  publicUrl: url(/^https?:\/\//, "the address that people use, like https://rollerblade.example.org"),
  serviceToken: z.string().min(16, "should be a secret of 16 characters or more, the same for all services"),
  linkSecret: z.string().min(16, "should be a secret of 16 characters or more").optional(),
  host: z.string().default("127.0.0.1"),
  port: z.coerce.number().int().min(0).max(65_535).default(7700),
  mode: z.enum(["embedded", "cluster"]).default("cluster"),
  cache: z.enum(["global", "readable"]).optional(),
  peers: z.string().default("{}"),
  natsReplicas: z.coerce.number().int().min(1).max(5).default(1),
  databasePool: z.coerce.number().int().min(2).default(10),
  logLevel: z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]).default("info"),
  logFile: z.string().optional(),
  stopSeconds: z.coerce.number().min(0).default(20),
});

/** What every service needs to know, whatever it does. Each comes from `ROLLERBLADE_<NAME>`. */
export type CommonSettings = {
  readonly databaseUrl: string;
  readonly natsUrl: string;
  /** Where the bytes are: `file:///folder` or `s3://key:secret@host/bucket?publicEndpoint=…`. */
  readonly objects: string;
  /** Where people reach the gateway; links begin with it. No slash at the end. */
  readonly publicUrl: string;
  /** The secret that services show each other. */
  readonly serviceToken: string;
  /** The secret that signs links of the folder store. @default made from the service token */
  readonly linkSecret: string;
  readonly host: string;
  /** The port of the gateway, or of the only service of a process; 0 takes any. */
  readonly port: number;
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
  const { cache, peers, publicUrl, ...read } = readVariables("ROLLERBLADE", variables, environment);
  return {
    ...read,
    logFile: read.logFile,
    publicUrl: publicUrl.replace(/\/+$/, ""),
    linkSecret: read.linkSecret ?? linkSecretOf(read.serviceToken),
    cache: cache ?? (read.mode === "embedded" ? "global" : "readable"),
    peers: readPeers(peers),
  };
};

/** The secret of links where none is given, so that a leaked link secret is not a service token. */
export const linkSecretOf = (serviceToken: string): string =>
  createHash("sha256").update(`links of ${serviceToken}`).digest("hex");

const readPeers = (text: string): Record<string, string> => {
  const parsed = z.record(z.string(), z.url()).safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new Problem({
    code: "invalid",
    message: "ROLLERBLADE_PEERS is not what it should be.",
    subject: "ROLLERBLADE_PEERS",
    next: 'Write JSON like {"catalog": "http://catalog:7700"}.',
  });
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
