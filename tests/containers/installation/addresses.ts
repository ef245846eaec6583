import { randomBytes } from "node:crypto";

/** The secret `rollerblade-servers` of `k8s/create-secrets.sh`: a password for each server. */
export type ServerPasswords = Readonly<Record<"nats-password" | "postgres-password" | "s3-secret", string>>;

/** Where each server listens: `host:port`. */
export type ServerHosts = { readonly nats: string; readonly postgres: string; readonly s3: string };

/** Where the servers are for other containers: the names of their Services. */
export const inside: ServerHosts = {
  nats: "rollerblade-nats:4222",
  postgres: "rollerblade-postgres:5432",
  s3: "rollerblade-s3.rollerblade:7070",
};

/** The addresses of the servers, with their passwords. */
export type Addresses = { readonly database: string; readonly nats: string; readonly objects: string };

/** Puts addresses together as `k8s/create-secrets.sh` does. */
export const addressesOf = (passwords: ServerPasswords, { nats, postgres, s3 }: ServerHosts): Addresses => ({
  database: `postgres://rollerblade:${passwords["postgres-password"]}@${postgres}/rollerblade`,
  nats: `nats://rollerblade:${passwords["nats-password"]}@${nats}`,
  objects: `s3+http://rollerblade:${passwords["s3-secret"]}@${s3}/rollerblade`,
});

/** A new secret. A letter first: NATS reads its password from a configuration file, where digits would be a number. */
export const newSecret = (): string => `s${randomBytes(24).toString("hex")}`;

/** New passwords for the servers. */
export const newPasswords = (): ServerPasswords => ({
  "nats-password": newSecret(),
  "postgres-password": newSecret(),
  "s3-secret": newSecret(),
});
