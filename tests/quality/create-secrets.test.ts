import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { natsPublicKey } from "@rollerblade/embedded";
import { installationUsers } from "@rollerblade/events";
import { createServiceTokens } from "@rollerblade/service-kit";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../k8s/create-secrets.sh", import.meta.url));
const services = ["accounts", "catalog", "gateway", "ingest", "pipeline-router", "scheduler", "tagger"] as const;

/** A kubectl whose cluster is a folder with a file a secret, in the form of `--from-env-file`; it notes its arguments. */
const kubectl = `#!/usr/bin/env bash
echo "$*" >>"$CLUSTER/arguments.log"
case "$*" in
"get namespace"*) ;;
*"create secret generic"*) cp "\${7#--from-env-file=}" "$CLUSTER/$6.secret" ;;
*"delete secret"*) shift 5; for name in "$@"; do rm -f "$CLUSTER/$name.secret"; done ;;
*jsonpath*) all="$*"; key=\${all##*.data.}; grep "^\${key%\\}}=" "$CLUSTER/$5.secret" | cut -d= -f2- | tr -d '\\n' | base64 -w0 ;;
*"patch secret"*) cp "\${7}" "$CLUSTER/$5.patch" ;;
*"get secret"*) [ -f "$CLUSTER/$5.secret" ] ;;
*) exit 1 ;;
esac
`;

/** Milliseconds for hundreds of small programs on a machine that does something else. */
const slowly = 60_000;

let folder: string;
const run = async (environment: Record<string, string> = {}) => {
  const PATH = `${folder}/bin:${process.env.PATH}`;
  await promisify(execFile)(script, { env: { ...process.env, ...environment, PATH, CLUSTER: folder } });
};
const read = async (name: string): Promise<Record<string, string>> => {
  const lines = (await readFile(join(folder, `${name}.secret`), "utf8")).trim().split("\n");
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
};
const secrets = async (): Promise<string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith(".secret"))
    .map((name) => name.replace(".secret", ""))
    .toSorted();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "create-secrets-"));
  await promisify(execFile)("mkdir", [join(folder, "bin")]);
  await writeFile(join(folder, "bin/kubectl"), kubectl);
  await chmod(join(folder, "bin/kubectl"), 0o755);
  await run();
}, slowly);
afterAll(() => rm(folder, { recursive: true }));

test("each service gets a secret of its own, and the migration one", async () => {
  const others = ["admin", "migrate", "nats-keys", "s3-accounts", "servers"].map((name) => `rollerblade-${name}`);
  expect(await secrets()).toEqual([...others, ...services.map((name) => `rollerblade-${name}`)].toSorted());
});

test.each(services)(
  "%s signs in to the database by its own role, and to NATS by a key that the server knows",
  async (service) => {
    const secret = await read(`rollerblade-${service}`);
    const keys = await read("rollerblade-nats-keys");
    const passwords = JSON.parse((await read("rollerblade-migrate")).ROLLERBLADE_DATABASE_PASSWORDS ?? "");
    const database = new URL(secret.ROLLERBLADE_DATABASE_URL ?? "");
    expect([database.username, database.password]).toEqual([
      `rollerblade_${service.replaceAll("-", "_")}`,
      passwords[service],
    ]);
    const nats = new URL(secret.ROLLERBLADE_NATS_URL ?? "");
    expect(nats.username).toBe(service);
    expect(natsPublicKey(nats.password)).toBe(keys[`NATS_KEY_${service.replaceAll("-", "_").toUpperCase()}`]);
  },
);

test("the server knows a key for every user of its configuration", async () => {
  const keys = await read("rollerblade-nats-keys");
  const wanted = installationUsers().map(({ name }) => `NATS_KEY_${name.replaceAll("-", "_").toUpperCase()}`);
  expect(Object.keys(keys).toSorted()).toEqual(wanted.toSorted());
  const { password } = new URL((await read("rollerblade-migrate")).ROLLERBLADE_NATS_URL ?? "");
  expect(natsPublicKey(password)).toBe(keys.NATS_KEY_OPERATOR);
});

test("no service has the password of the database's owner, and two have no key of the bucket", async () => {
  const servers = await read("rollerblade-servers");
  for (const service of services) {
    const secret = await read(`rollerblade-${service}`);
    expect(Object.values(secret).join()).not.toContain(servers["postgres-password"]);
    expect(Object.values(secret).join()).not.toContain(servers["s3-secret"]);
    const withoutBucket = service === "accounts" || service === "gateway";
    const { accessAccounts } = JSON.parse((await read("rollerblade-s3-accounts"))["users.json"] ?? "");
    const own = accessAccounts[service];
    expect(own === undefined, service).toBe(withoutBucket);
    if (!withoutBucket) expect(own).toEqual({ access: service, secret: own.secret, role: "user" });
    expect(secret.ROLLERBLADE_OBJECTS, service).toBe(
      withoutBucket ? "none:" : `s3+http://${service}:${own.secret}@rollerblade-s3.rollerblade:7070/rollerblade`,
    );
  }
});

test("an installation whose services shared one key of the bucket gets one for each", { timeout: slowly }, async () => {
  const { "s3-secret": shared } = await read("rollerblade-servers");
  const files = services.map((name) => join(folder, `rollerblade-${name}.secret`));
  const accounts = join(folder, "rollerblade-s3-accounts.secret");
  const before = await Promise.all([...files, accounts].map((file) => readFile(file, "utf8")));
  for (const file of files) {
    const old = (await readFile(file, "utf8")).replace(/(?<=s3\+http:\/\/)[^@]+/, `rollerblade:${shared}`);
    await writeFile(file, old);
  }
  await rm(accounts);
  await run();
  const { accessAccounts } = JSON.parse((await read("rollerblade-s3-accounts"))["users.json"] ?? "");
  const patch = JSON.parse(await readFile(join(folder, "rollerblade-ingest.patch"), "utf8"));
  expect(patch.stringData.ROLLERBLADE_OBJECTS).toBe(
    `s3+http://ingest:${accessAccounts.ingest.secret}@rollerblade-s3.rollerblade:7070/rollerblade`,
  );
  for (const [at, file] of [...files, accounts].entries()) await writeFile(file, before[at] ?? "");
});

test("each service signs by a key of its own that all others know, and has no other's", async () => {
  const all = await Promise.all(services.map((service) => read(`rollerblade-${service}`)));
  expect(new Set(all.map((secret) => secret.ROLLERBLADE_SERVICE_PUBLIC_KEYS)).size).toBe(1);
  const publicKeys = JSON.parse(all[0]?.ROLLERBLADE_SERVICE_PUBLIC_KEYS ?? "");
  expect(Object.keys(publicKeys)).toEqual(services);
  const signers = services.map((service, at) =>
    createServiceTokens(service, all[at]?.ROLLERBLADE_SERVICE_KEY ?? "", publicKeys),
  );
  for (const [at, signer] of signers.entries())
    expect(await signers[0]?.verify(await signer.sign("accounts"))).toEqual({ service: services[at], person: null });
});

test("an installation from before the keys gets them", { timeout: slowly }, async () => {
  const secret = join(folder, "rollerblade-tagger.secret");
  const before = await readFile(secret, "utf8");
  await writeFile(secret, before.replace(/^ROLLERBLADE_SERVICE_.*\n/gm, ""));
  await run();
  await writeFile(secret, before);
  const patch = async (service: string) =>
    JSON.parse(await readFile(join(folder, `rollerblade-${service}.patch`), "utf8"));
  const [catalog, tagger] = [await patch("catalog"), await patch("tagger")];
  expect(catalog.data).toEqual({ ROLLERBLADE_SERVICE_TOKEN: null });
  const keys = JSON.parse(catalog.stringData.ROLLERBLADE_SERVICE_PUBLIC_KEYS);
  const from = createServiceTokens("catalog", catalog.stringData.ROLLERBLADE_SERVICE_KEY, keys);
  const to = createServiceTokens("tagger", tagger.stringData.ROLLERBLADE_SERVICE_KEY, keys);
  expect(await to.verify(await from.sign("tagger"))).toEqual({ service: "catalog", person: null });
});

test("no secret stands in an argument of a program", async () => {
  const log = await readFile(join(folder, "arguments.log"), "utf8");
  for (const name of await secrets())
    for (const value of Object.values(await read(name)).filter((text) => text !== "none:"))
      expect(log).not.toContain(value);
});

test("what is there stays as it is, and a run that was cut short is repeated as a whole", {
  timeout: slowly,
}, async () => {
  const before = await read("rollerblade-catalog");
  await run();
  expect(await read("rollerblade-catalog")).toEqual(before);
  await rm(join(folder, "rollerblade-migrate.secret"));
  await run({ DATABASE_URL: "postgres://owner:word@db.example.org/brains?sslmode=verify-full" });
  const after = await read("rollerblade-catalog");
  expect(after.ROLLERBLADE_NATS_URL).not.toBe(before.ROLLERBLADE_NATS_URL);
  expect(after.ROLLERBLADE_DATABASE_URL).toMatch(
    /^postgres:\/\/rollerblade_catalog:[0-9a-f]{48}@db\.example\.org\/brains\?sslmode=verify-full$/,
  );
  const { password } = new URL(after.ROLLERBLADE_NATS_URL ?? "");
  expect((await read("rollerblade-nats-keys")).NATS_KEY_CATALOG).toBe(natsPublicKey(password));
});
