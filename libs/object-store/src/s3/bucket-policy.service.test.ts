import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import {
  archiveKey,
  assetKey,
  assetPrefix,
  datasetKey,
  datasetPrefix,
  executionPrefix,
  importPrefix,
  logKey,
  logPrefix,
  mountKey,
  probeKey,
  referenceKey,
  referencePrefix,
  sliceBodyPrefix,
  stagingPrefix,
} from "@rollerblade/abids/bucket-layout";
import { freePort } from "@rollerblade/embedded/testing";
import { Client } from "minio";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openObjectStore } from "../index.ts";
import type { ObjectStore } from "../object-store.ts";
import { listed } from "../testing/collect.ts";
import { requireVersitygw, startVersitygw } from "../testing/start-versitygw.ts";
import { copyObject } from "./copy-object.ts";
import { readS3Address } from "./s3-address.ts";

const versitygw = await requireVersitygw();
const component = new URL("../../../../k8s/components/s3/", import.meta.url);
const policy = readFileSync(new URL("bucket-policy.json", component), "utf8");

const uuid = "01890000-0000-7000-8000-000000000001";
/** An object of each kind, by the kind. */
const objects = {
  raw: datasetKey("ds", "sub-01/anat/sub-01_T1w.nii.gz"),
  derivative: datasetKey("ds", "derivatives/mask-1.0.0/sub-01/anat/sub-01_desc-brain_mask.nii.gz"),
  archived: archiveKey("ds", `sha256:${"0".repeat(64)}`),
  import: `staging/imports/${uuid}/part-1`,
  output: `staging/${uuid}/${uuid}/report.json`,
  body: `staging/slices/${uuid}-1.json`,
  reference: referenceKey(uuid),
  log: logKey(uuid, 1),
  mount: mountKey("ds"),
  asset: assetKey("atlas", `sha256:${"0".repeat(64)}`),
} as const;
type Kind = keyof typeof objects;
const kinds: readonly Kind[] = [
  ...(["raw", "derivative", "archived", "import", "output"] as const),
  ...(["body", "reference", "log", "mount", "asset"] as const),
];

/** What each service may read, and what it may put and delete; everything else is refused. */
const rights: Readonly<Record<string, { readonly read: readonly Kind[]; readonly write: readonly Kind[] }>> = {
  catalog: { read: ["raw", "derivative", "reference", "mount"], write: ["raw", "derivative"] },
  ingest: { read: ["raw", "derivative", "import", "mount"], write: ["raw", "derivative", "import", "mount"] },
  scheduler: {
    read: ["raw", "derivative", "archived", "output", "body", "reference", "log", "mount", "asset"],
    write: ["derivative", "archived", "output", "body", "reference", "log", "asset"],
  },
  "pipeline-router": { read: ["body", "reference"], write: ["body"] },
  tagger: { read: ["raw", "derivative", "reference", "mount"], write: [] },
};

/** The prefixes that each service lists by itself; `heads` of many objects lists, too, below what they have in common. */
const lists: Readonly<Record<string, readonly string[]>> = {
  catalog: [datasetPrefix("ds")],
  ingest: [importPrefix(uuid), datasetPrefix("ds")],
  scheduler: [
    ...[stagingPrefix, executionPrefix(uuid), referencePrefix, logPrefix(uuid)],
    ...[assetPrefix("atlas"), datasetPrefix("ds")],
  ],
  "pipeline-router": [sliceBodyPrefix],
  tagger: [],
};
const allPrefixes = [...new Set(Object.values(lists).flat())];

/** A server whose bucket has the policy, and the address of the bucket for each service. */
type Guarded = {
  readonly url: string;
  readonly services: ReadonlyMap<string, string>;
  readonly stop: () => Promise<void>;
};

/** Puts the policy on the bucket over its API, as one does with a bucket of one's own. */
const putPolicy = async (): Promise<Guarded> => {
  const server = await startVersitygw(versitygw ?? "");
  const services = new Map<string, string>();
  for (const service of Object.keys(rights)) services.set(service, await server.addAccount(service));
  const {
    hostname: endPoint,
    port,
    username: accessKey,
    password: secretKey,
  } = new URL(server.url.replace("s3+http", "http"));
  const client = new Client({ endPoint, port: Number(port), accessKey, secretKey, useSSL: false });
  // Without its spaces: a file system keeps some 4 KiB of attributes of a folder.
  const compact = JSON.stringify(JSON.parse(policy)).replaceAll(":::rollerblade", ":::bucket");
  await client.setBucketPolicy("bucket", compact);
  return { url: server.url, services, stop: () => server.stop() };
};

/** Starts the server with the commands of `components/s3`, whose init container lays out the accounts and the policy. */
const startAsInCluster = async (): Promise<Guarded> => {
  const folder = await mkdtemp(join(tmpdir(), "bucket-policy-"));
  const manifest = readFileSync(new URL("server.yaml", component), "utf8");
  const read = (pattern: RegExp): string =>
    (pattern.exec(manifest)?.[1] ?? "").replaceAll(/(?<![\w/])\/(?=data|policy|accounts)/g, `${folder}/`);
  const accounts = Object.fromEntries(
    Object.keys(rights).map((access) => [access, { access, secret: `secret-of-${access}`, role: "user" }]),
  );
  for (const [path, text] of [
    ["policy/bucket-policy.json", policy],
    ["accounts/users.json", JSON.stringify({ accessAccounts: accounts })],
  ] as const) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  await promisify(execFile)("sh", ["-ec", read(/command:\n\s+- sh\n\s+- -ec\n\s+- \|\n((?: {14}.*\n)+)/)]);
  const port = await freePort("127.0.0.1");
  const args = read(/args:\s+\[(.*)\]/).split(", ");
  const env = {
    ...process.env,
    VGW_PORT: `127.0.0.1:${port}`,
    ROOT_ACCESS_KEY: "rollerblade",
    ROOT_SECRET_KEY: "root",
  };
  const server = spawn(versitygw ?? "", args, { stdio: "ignore", env });
  const exited = once(server, "exit");
  const url = (name: string, secret: string) => `s3+http://${name}:${secret}@127.0.0.1:${port}/rollerblade`;
  const services = new Map(Object.values(accounts).map(({ access, secret }) => [access, url(access, secret)]));
  const stop = async (): Promise<void> => {
    server.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true });
  };
  const root = open(url("rollerblade", "root"));
  await vi.waitFor(() => root.head("a"), { timeout: 20_000 });
  return { url: url("rollerblade", "root"), services, stop };
};

const open = (url: string): ObjectStore => openObjectStore(url, { publicUrl: "http://127.0.0.1", secret: "unused" });

describe.skipIf(versitygw === null).each([
  ["put over its API", putPolicy],
  ["as in overlays/local", startAsInCluster],
])("with the policy of the bucket, on a real server, %s", (_how, start) => {
  let server: Guarded;
  let root: ObjectStore;
  const stores = new Map<string, ObjectStore>();

  beforeAll(async () => {
    server = await start();
    root = open(server.url);
    for (const [service, url] of server.services) stores.set(service, open(url));
  });
  afterAll(() => server?.stop());

  const store = (service: string): ObjectStore => {
    const found = stores.get(service);
    if (found === undefined) throw new Error(`There is no ${service}.`);
    return found;
  };
  const may = (work: Promise<unknown>): Promise<boolean> =>
    work.then(
      () => true,
      (error: unknown) => {
        expect(String(error)).toMatch(/denied|not authorized/i);
        return false;
      },
    );
  const allowed = async (work: (kind: Kind) => Promise<unknown>): Promise<Kind[]> => {
    const found: Kind[] = [];
    for (const kind of kinds) if (await may(work(kind))) found.push(kind);
    return found;
  };

  test.each(Object.keys(rights))("%s can ask whether the store answers, as readiness does", async (service) => {
    const first = await store(service).list("staging/readiness/")[Symbol.asyncIterator]().next();
    expect(first.done).toBe(true);
  });

  test.each(Object.keys(rights))("%s reads, writes and deletes what is its own, and nothing else", async (service) => {
    for (const kind of kinds) await root.put(objects[kind], Buffer.from("{}"));
    const { read, write } = rights[service] ?? { read: [], write: [] };
    expect(await allowed(async (kind) => buffer(await store(service).get(objects[kind])))).toEqual(read);
    expect(await allowed((kind) => store(service).put(objects[kind], Buffer.from("{}")))).toEqual(
      kinds.filter((kind) => write.includes(kind)),
    );
    expect(await allowed((kind) => store(service).delete([objects[kind]]))).toEqual(
      kinds.filter((kind) => write.includes(kind)),
    );
    for (const kind of kinds)
      expect([kind, (await root.head(objects[kind])) === null]).toEqual([kind, write.includes(kind)]);
  });

  test("what is not there is not there, and what is somebody else's is not listed", async () => {
    expect(await store("catalog").head(datasetKey("ds", "absent"))).toBeNull();
    for (const service of Object.keys(rights)) {
      const allowedPrefixes: string[] = [];
      for (const prefix of allPrefixes) if (await may(listed(store(service), prefix))) allowedPrefixes.push(prefix);
      // Whoever may list all of a prefix may list the parts of it.
      const own = lists[service] ?? [];
      expect([service, allowedPrefixes]).toEqual([
        service,
        allPrefixes.filter((prefix) => own.some((mine) => prefix.startsWith(mine) || mine === prefix)),
      ]);
    }
  });

  test.each(Object.keys(rights))("%s copies what it reads to where it writes, and nothing else", async (service) => {
    const { read, write } = rights[service] ?? { read: [], write: [] };
    for (const from of kinds) {
      const bytes = Buffer.from(JSON.stringify({ kind: from }));
      await root.put(objects[from], bytes);
      for (const to of kinds.filter((kind) => kind !== from)) {
        const copied = await may(store(service).copy(objects[from], `${objects[to]}.copy`, { size: bytes.length }));
        expect([from, to, copied]).toEqual([from, to, read.includes(from) && write.includes(to)]);
        if (copied) expect(await buffer(await root.get(`${objects[to]}.copy`))).toEqual(bytes);
      }
    }
  });

  /** Five MiB are the least that S3 takes as a part; our own have sixteen. */
  const [smallestPart, inTwoParts] = [5 * 2 ** 20, 17 * 2 ** 20];

  test.each([
    ["ingest", "import", "raw"],
    ["scheduler", "output", "derivative"],
    ["scheduler", "derivative", "archived"],
  ] as const)("%s puts a large %s, and copies it in parts to %s", async (service, from, to) => {
    const bytes = Buffer.alloc(inTwoParts, from);
    await (service === "ingest" || from === "output" ? store(service) : root).put(objects[from], bytes);
    const { endpoint, bucket, region, accessKey, secretKey } = readS3Address(server.services.get(service) ?? "");
    const client = new Client({
      ...{ endPoint: endpoint.host, port: endpoint.port, useSSL: false },
      ...{ accessKey, secretKey, region },
    });
    const copying = { client, bucket, from: objects[from], to: objects[to], size: bytes.length };
    await copyObject(copying, smallestPart);
    expect((await buffer(await root.get(objects[to]))).equals(bytes)).toBe(true);
    const refused = { ...copying, to: objects.mount.replace("mounts", "elsewhere") };
    expect(await may(copyObject(refused, smallestPart))).toBe(false);
  });

  test.each(Object.entries(rights).flatMap(([service, { write }]) => write.map((kind) => [service, kind] as const)))(
    "%s puts a %s in parts, and aborts what is not what was promised",
    async (service, kind) => {
      const key = `${objects[kind]}.large`;
      const bytes = Buffer.alloc(inTwoParts, kind);
      const promised = { size: bytes.length, sha256: `sha256:${"0".repeat(64)}` };
      await expect(store(service).put(key, bytes, promised)).rejects.toThrow(/sha256|content/i);
      expect(await root.head(key)).toBeNull();
      await store(service).put(key, bytes);
      expect(await store(service).head(key)).toMatchObject({ size: bytes.length });
      await store(service).delete([key]);
    },
  );

  test.each([
    ["catalog", datasetKey("many", "derivatives/mask-1.0.0/")],
    ["ingest", datasetKey("many", "sub-01/anat/")],
    ["scheduler", datasetKey("many", "derivatives/mask-1.0.0/")],
    ["scheduler", assetPrefix("many")],
  ])("%s looks at many objects below %s at once, reads them, and hands out links", async (service, prefix) => {
    const keys = Array.from({ length: 60 }, (_, at) => `${prefix}file-${100 + at}`);
    for (const key of keys) await root.put(key, Buffer.from(key));
    expect((await store(service).heads([...keys, `${prefix}absent`])).size).toBe(keys.length);
    const read = await store(service).inspect(keys.map((key) => ({ key, size: key.length, keep: 100 })));
    expect(read.map((one) => String(Buffer.from(one?.head ?? [])))).toEqual(keys);
    const link = await fetch(await store(service).presignGet(keys[0] ?? ""));
    expect([link.status, await link.text()]).toEqual([200, keys[0]]);
  });

  test("tagger hands out links to results, and to nothing else", async () => {
    const follow = async (key: string) => (await fetch(await store("tagger").presignGet(key))).status;
    await root.put(objects.derivative, Buffer.from("a mask"));
    await root.put(objects.log, Buffer.from("a log"));
    expect([await follow(objects.derivative), await follow(objects.log)]).toEqual([200, 403]);
  });

  test("the bucket is examined with the key of the scheduler, as the doctor does", async () => {
    const key = probeKey("one");
    await store("scheduler").put(key, Buffer.from("probe"));
    await store("scheduler").copy(key, `${key}-copy`);
    await store("scheduler").delete([key, `${key}-copy`]);
    expect(await store("scheduler").head(key)).toBeNull();
  });
});
