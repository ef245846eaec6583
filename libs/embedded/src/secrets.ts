import { randomBytes } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "@rollerblade/errors";
import { z } from "zod";
import { newNatsSeed } from "./nats/nats-key.ts";

const random = (): string => randomBytes(32).toString("base64url");
const secret = z.string().min(20).default(random);

const secretsFile = z.object({
  /** Of the account of PostgreSQL that owns everything: migrations and `doctor`. */
  postgresPassword: secret,
  /** Of the users of nats-server, by name: the seeds of their nkeys. */
  natsSeeds: z.record(z.string(), z.string()).default({}),
  /** Of the roles by which services sign in to PostgreSQL, by service. */
  databasePasswords: z.record(z.string(), z.string()).default({}),
  /** Signs the expiring links of the object folder. */
  linkSecret: secret,
  /** API token of the local admin. */
  adminToken: z
    .string()
    .min(20)
    .default(() => `rb_${random()}`),
});

/** The random secrets of one embedded folder: made once, readable by its owner only. */
export type Secrets = z.output<typeof secretsFile>;

/** Reads the folder's secrets, and makes those that are not there yet, the seeds of these NATS users and the passwords of these services among them. */
export const loadSecrets = async (
  folder: string,
  natsUsers: readonly string[],
  services: readonly string[] = [],
): Promise<Secrets> => {
  const path = join(folder, "secrets.json");
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  const read = readSecrets(path, text);
  const natsSeeds = Object.fromEntries(natsUsers.map((name) => [name, read.natsSeeds[name] ?? newNatsSeed()]));
  const databasePasswords = {
    ...read.databasePasswords,
    ...Object.fromEntries(services.map((name) => [name, read.databasePasswords[name] ?? random()])),
  };
  const secrets = { ...read, natsSeeds, databasePasswords };
  const wanted = `${JSON.stringify(secrets, null, 2)}\n`;
  if (wanted !== text) await replaceFile(path, wanted);
  return secrets;
};

/** @throws Problem `conflict` when it was damaged */
const readSecrets = (path: string, text: string): Secrets => {
  try {
    return secretsFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Problem(
      {
        code: "conflict",
        message: `${path} is damaged, and holds the password of the database beside it.`,
        subject: path,
        next: "Restore it from a backup of the folder, or begin in another folder.",
      },
      { cause },
    );
  }
};

const replaceFile = async (path: string, text: string): Promise<void> => {
  const file = await open(`${path}.new`, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
};
