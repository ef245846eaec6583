import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@rollerblade/embedded/testing";
import { Client } from "minio";
import { installGoProgram } from "../../../../tools/test-cluster/go-program.ts";
import { findProgram } from "./find-program.ts";

/** A real S3 server with one empty bucket. */
export type S3Server = {
  /** For `openObjectStore`. */
  readonly url: string;
  /** The folder that its bucket lies in. */
  readonly bucketFolder: string;
  /** Makes an account, which may do nothing before a policy of the bucket lets it. @returns the address with its key */
  addAccount(name: string): Promise<string>;
  stop(): Promise<void>;
};

const module = "github.com/versity/versitygw/cmd/versitygw";
const version = "v1.8.0";

/** What to do where there is no S3 server for the tests. */
export const howToGetVersitygw = `install Go and run \`go install ${module}@${version}\``;

/** Builds VersityGW from its Go module, once. @throws without Go */
export const buildVersitygw = (): Promise<string> => installGoProgram(module, version);

/** The path of VersityGW: on PATH, in Go's folder, or built now. Null where that cannot be. */
export const findVersitygw = async (): Promise<string | null> => {
  const goFolder = join(process.env.GOPATH || join(homedir(), "go"), "bin");
  return (await findProgram("versitygw", [goFolder])) ?? (await buildVersitygw().catch(() => null));
};

/**
 * The path of VersityGW for a suite; null, and a word of what to install, where the suite may be skipped.
 * @throws Error with `CI=true`, where nothing may be skipped
 */
export const requireVersitygw = async (): Promise<string | null> => {
  const found = await findVersitygw();
  if (found === null && process.env.CI === "true") throw new Error(`No S3 server: ${howToGetVersitygw}.`);
  if (found === null) console.warn(`What needs an S3 server is skipped: ${howToGetVersitygw}.`);
  return found;
};

/**
 * Starts VersityGW on a folder of its own; a folder below is a bucket. What it knows of objects goes into the attributes of their files, and
 * beside them where the file system has none, which makes every change twice as expensive.
 * @param host the address to listen on
 */
export const startVersitygw = async (program: string, host = "127.0.0.1"): Promise<S3Server> => {
  const folder = await mkdtemp(join(tmpdir(), "rollerblade-s3-"));
  const [root, metadata] = [join(folder, "root"), join(folder, "metadata")];
  const bucketFolder = join(root, "bucket");
  await mkdir(root);
  const accounts = join(folder, "accounts");
  await mkdir(metadata);
  await mkdir(accounts);
  const port = await freePort(host);
  const secret = randomBytes(16).toString("hex");
  // Secrets come from the environment: an argument would stand in the process list.
  const environment = { ROOT_ACCESS_KEY: "test", ROOT_SECRET_KEY: secret };
  const options = [
    "--port",
    `${host}:${port}`,
    "--iam-dir",
    accounts,
    "--iam-cache-disable",
    "--quiet",
    "--keep-alive",
    "posix",
  ];
  const start = (...how: readonly string[]) =>
    startUntilReady(program, [...options, ...how, root], environment, port, host);
  const server = (await start()) ?? (await start("--sidecar", metadata));
  if (server === null) throw new Error("VersityGW does not answer.");
  // By its API, so that it has an owner: in a folder that is merely there nobody but the root account may copy.
  const client = new Client({ endPoint: host, port, useSSL: false, accessKey: "test", secretKey: secret });
  await client.makeBucket("bucket");
  return {
    url: `s3+http://test:${secret}@${host}:${port}/bucket`,
    bucketFolder,
    async addAccount(name) {
      const own = randomBytes(16).toString("hex");
      const endpoint = ["admin", "--endpoint-url", `http://${host}:${port}`];
      await promisify(execFile)(
        program,
        [...endpoint, "create-user", "--access", name, "--secret", own, "--role", "user"],
        { env: { ...process.env, ADMIN_ACCESS_KEY_ID: "test", ADMIN_SECRET_ACCESS_KEY: secret } },
      );
      return `s3+http://${name}:${own}@${host}:${port}/bucket`;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Null when it has ended before it answered. */
const startUntilReady = async (
  program: string,
  options: readonly string[],
  environment: Readonly<Record<string, string>>,
  port: number,
  host: string,
): Promise<{ stop(): Promise<void> } | null> => {
  const server = spawn(program, options, { stdio: "ignore", env: { ...process.env, ...environment } });
  const exited = once(server, "exit");
  const endWithUs = (): void => void server.kill("SIGKILL");
  process.once("exit", endWithUs);
  const stop = async (): Promise<void> => {
    process.off("exit", endWithUs);
    server.kill("SIGKILL");
    await exited;
  };
  for (let attempt = 0; attempt < 500 && server.exitCode === null; attempt++) {
    if (await answers(port, host)) return { stop };
    await sleep(20);
  }
  await stop();
  return null;
};

const answers = async (port: number, host: string): Promise<boolean> => {
  const socket = connect(port, host);
  const open = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return open;
};
