import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { archiveKey, datasetKey, logKey, mountKey, referenceKey } from "@rollerblade/abids/bucket-layout";
import { Client } from "minio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openObjectStore } from "../index.ts";
import type { ObjectStore } from "../object-store.ts";
import { requireVersitygw, type S3Server, startVersitygw } from "../testing/start-versitygw.ts";

const versitygw = await requireVersitygw();
const policy = readFileSync(new URL("../../../../k8s/components/s3/bucket-policy.json", import.meta.url), "utf8");

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
} as const;
type Kind = keyof typeof objects;
const kinds: readonly Kind[] = [
  ...(["raw", "derivative", "archived", "import", "output"] as const),
  ...(["body", "reference", "log", "mount"] as const),
];

/** What each service may read, and what it may put and delete; everything else is refused. */
const rights: Readonly<Record<string, { readonly read: readonly Kind[]; readonly write: readonly Kind[] }>> = {
  catalog: { read: ["raw", "derivative", "reference", "mount"], write: ["raw", "derivative"] },
  ingest: { read: ["raw", "derivative", "import", "mount"], write: ["raw", "derivative", "import", "mount"] },
  scheduler: {
    read: ["raw", "derivative", "archived", "output", "body", "reference", "log", "mount"],
    write: ["derivative", "archived", "output", "body", "reference", "log"],
  },
  "pipeline-router": { read: ["body", "reference"], write: ["body"] },
  tagger: { read: ["raw", "derivative", "reference", "mount"], write: [] },
};

describe.skipIf(versitygw === null)("with the policy of the bucket, on a real server", () => {
  let server: S3Server;
  let root: ObjectStore;
  const stores = new Map<string, ObjectStore>();
  const open = (url: string): ObjectStore => openObjectStore(url, { publicUrl: "http://127.0.0.1", secret: "unused" });

  beforeAll(async () => {
    server = await startVersitygw(versitygw ?? "");
    root = open(server.url);
    for (const service of Object.keys(rights)) stores.set(service, open(await server.addAccount(service)));
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
    await root.put(objects.log, Buffer.from("a log"));
    const list = async (service: string, prefix: string) => {
      for await (const _ of store(service).list(prefix)) return true;
      return false;
    };
    expect(await may(list("scheduler", "logs/"))).toBe(true);
    for (const service of ["catalog", "ingest", "pipeline-router", "tagger"])
      expect([service, await may(list(service, "logs/"))]).toEqual([service, false]);
  });
});
