import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import { connect, disconnect } from "@rollerblade/database";
import { findNatsServer, silentLog, startEmbedded } from "@rollerblade/embedded";
import { freePort } from "@rollerblade/embedded/testing";
import { connectNats } from "@rollerblade/events";
import { openObjectStore } from "@rollerblade/object-store";
import { requireVersitygw } from "@rollerblade/object-store/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";

const folder = mkdtempSync(join(realpathSync(tmpdir()), "tls-"));
chmodSync(folder, 0o755);
const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
const versitygw = await requireVersitygw();
const usual = getCACertificates("default");

beforeAll(async () => {
  await promisify(execFile)("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As `NODE_EXTRA_CA_CERTS` does at the start of a process. */
const trust = (): void => {
  setDefaultCACertificates([...usual, readFileSync(certificate, "utf8")]);
  onTestFinished(() => setDefaultCACertificates(usual));
};

const startServer = async (file: string, args: readonly string[], port: number): Promise<void> => {
  const child: ChildProcess = spawn(file, args, { stdio: "ignore" });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  for (let open = false; !open; await sleep(20)) {
    open = await new Promise((resolve) => {
      const socket = connectSocket(port, "localhost", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
  }
};

test("NATS: tls:// takes a server of a trusted authority, no other, and none without a certificate", async () => {
  const [secured, plain] = [await freePort("127.0.0.1"), await freePort("127.0.0.1")];
  const program = await findNatsServer(silentLog);
  const keys = ["--tls", "--tlscert", certificate, "--tlskey", key];
  await startServer(program, ["-a", "127.0.0.1", "-p", String(secured), ...keys], secured);
  await startServer(program, ["-a", "127.0.0.1", "-p", String(plain)], plain);
  const at = (port: number) =>
    connectNats({ url: `tls://localhost:${port}`, name: "test", signal: AbortSignal.timeout(5_000) });
  await expect(at(secured)).rejects.toThrow(/NATS refuses the connection.*self-signed/i);
  trust();
  await (await at(secured)).close();
  await expect(at(plain)).rejects.toThrow(/NATS refuses the connection/);
});

test("PostgreSQL: sslmode=verify-full takes a server of a trusted authority and no other", async () => {
  const embedded = await startEmbedded({ folder: join(folder, "embedded"), log: silentLog });
  onTestFinished(() => embedded.stop());
  const owner = connect(embedded.databaseUrl, { max: 1 });
  const [at] = await owner<{ data: string }[]>`select current_setting('data_directory') as data`;
  // Written by the server itself, whose account is not that of this process everywhere.
  for (const [name, file] of [
    ["server.crt", certificate],
    ["server.key", key],
  ] as const) {
    const lines = readFileSync(file, "utf8").trim();
    const target = join(at?.data ?? "", name);
    await owner.unsafe(`copy (select unnest(string_to_array('${lines}', E'\\n'))) to '${target}'`);
    chmodSync(target, 0o600);
  }
  await owner.unsafe("alter system set ssl = on");
  await owner`select pg_reload_conf()`;
  await expect.poll(() => owner`show ssl`.catch(() => [])).toEqual([{ ssl: "on" }]);
  await disconnect(owner);
  const url = new URL(embedded.databaseUrl);
  url.hostname = "localhost";
  url.searchParams.set("sslmode", "verify-full");
  const secured = async () => {
    const sql = connect(url.href, { max: 1, connectTimeout: 5_000 });
    const ask = sql<{ ssl: boolean }[]>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
    return ask.finally(() => disconnect(sql));
  };
  await expect(secured()).rejects.toThrow(/self-signed/);
  trust();
  expect(await secured()).toEqual([{ ssl: true }]);
});

test.skipIf(versitygw === null)("S3: s3:// takes a server of a trusted authority and no other", async () => {
  const port = await freePort("127.0.0.1");
  const root = mkdtempSync(join(folder, "s3-"));
  mkdirSync(join(root, "bucket"));
  const args = ["--port", `127.0.0.1:${port}`, "--access", "test", "--secret", "a-secret-of-tests", "--quiet"];
  const sidecar = mkdtempSync(join(folder, "attributes-"));
  await startServer(
    versitygw ?? "",
    [...args, "--cert", certificate, "--key", key, "posix", "--sidecar", sidecar, root],
    port,
  );
  const store = openObjectStore(`s3://test:a-secret-of-tests@localhost:${port}/bucket`, {
    publicUrl: "http://x",
    secret: "",
  });
  await expect(store.head("nothing")).rejects.toThrow(/self-signed/);
  trust();
  expect(await store.head("nothing")).toBeNull();
});
