import { randomBytes } from "node:crypto";
import { serviceRoleName } from "@rollerblade/database";
import { natsPublicKey, newNatsSeed } from "@rollerblade/embedded";
import { installationUsers } from "@rollerblade/events";

/** What `k8s/create-secrets.sh` makes: a password for the owner of the database and one for each service, the seeds of NATS users, a key. */
export type ServerPasswords = Readonly<Record<"postgres-password" | "s3-secret", string>> & {
  readonly services: Readonly<Record<string, string>>;
  readonly seeds: Readonly<Record<string, string>>;
};

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

/** Puts the addresses of a service, or of the operator, together as `k8s/create-secrets.sh` does. */
export const addressesOf = (
  passwords: ServerPasswords,
  { nats, postgres, s3 }: ServerHosts,
  user = "operator",
): Addresses => {
  const own = passwords.services[user];
  const [role, password] =
    own === undefined ? ["rollerblade", passwords["postgres-password"]] : [serviceRoleName(user), own];
  return {
    database: `postgres://${role}:${password}@${postgres}/rollerblade`,
    nats: `nats://${user}:${passwords.seeds[user]}@${nats}`,
    objects: ["accounts", "gateway"].includes(user)
      ? "none:"
      : `s3+http://rollerblade:${passwords["s3-secret"]}@${s3}/rollerblade`,
  };
};

/** The secret `rollerblade-nats-keys`: what the server knows of its users. */
export const natsKeys = ({ seeds }: ServerPasswords): Record<string, string> =>
  Object.fromEntries(
    Object.entries(seeds).map(([name, seed]) => [
      `NATS_KEY_${name.replaceAll("-", "_").toUpperCase()}`,
      natsPublicKey(seed),
    ]),
  );

/** A new secret. A letter first, as `k8s/create-secrets.sh` has it. */
export const newSecret = (): string => `s${randomBytes(24).toString("hex")}`;

/** New passwords for the servers and the services. */
export const newPasswords = (): ServerPasswords => {
  const users = installationUsers().map(({ name }) => name);
  return {
    "postgres-password": newSecret(),
    "s3-secret": newSecret(),
    services: Object.fromEntries(users.filter((name) => name !== "operator").map((name) => [name, newSecret()])),
    seeds: Object.fromEntries(users.map((name) => [name, newNatsSeed()])),
  };
};
