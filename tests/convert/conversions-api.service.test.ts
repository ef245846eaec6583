import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import {
  accountsRoutes,
  type ConversionStatus,
  conversionRoutes,
  createHttpClient,
  type HttpClient,
  ingestRoutes,
  type RouteInput,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { ingest } from "../../services/ingest/src/index.ts";
import { settingsFor, startServicesWorld } from "../service/services-world.ts";
import { convert, scratchFolder } from "./conversion-world.ts";
import { madeNifti, tarOf, writeFiles } from "./made-images.ts";

const maxBytes = 2_000_000;
const world = await startServicesWorld([ingest], { ingest: { conversionBytes: maxBytes } });
const ada = await world.addPerson("ada", "ingest");
const bob = await world.addPerson("bob", "ingest");
const admin = world.admin("ingest");
const bucket = fileURLToPath(world.servers.objectsUrl);
afterAll(world.stop);

const mapping = `version: 1
dataset: { Name: Sent }
images: [{ from: "**/{subject:[0-9]+}_T1.nii.gz", to: { suffix: T1w } }]
ignore: [{ from: "**/*.txt", reason: notes of the console }]
`;

/** A study of so many people as an archive. */
const study = (people: readonly string[]): Buffer =>
  gzipSync(
    tarOf({
      "study/notes.txt": "of the console",
      ...Object.fromEntries(people.map((one) => [`study/${one}_T1.nii.gz`, madeNifti({ seed: Number(one) })])),
    }),
  );

const begin = async (client: HttpClient, dataset: string): Promise<string> =>
  (await client.call(conversionRoutes.beginConversion, { body: { dataset } })).id;

const send = (client: HttpClient, conversion: string, path: string, bytes: Buffer) =>
  client.raw(`/v1/conversions/${conversion}/source?path=${encodeURIComponent(path)}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array(bytes),
  });

const isBusy = ({ state }: ConversionStatus): boolean => state === "waiting" || state === "running";

const ended = async (client: HttpClient, conversion: string): Promise<ConversionStatus> => {
  const show = () => client.call(conversionRoutes.showConversion, { params: { conversion } });
  await expect.poll(async () => isBusy(await show()), { timeout: 60_000, interval: 200 }).toBe(false);
  return show();
};

const run = async (
  client: HttpClient,
  conversion: string,
  body: RouteInput<typeof conversionRoutes.runConversion>["body"] & object,
): Promise<ConversionStatus> => {
  await client.call(conversionRoutes.runConversion, { params: { conversion }, body });
  return ended(client, conversion);
};

const hashesBelow = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : [])
      .filter((entry) => entry.isFile() && !entry.parentPath.includes(".rollerblade-convert"))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes(".rollerblade-convert"))
      .map((path) => [relative(folder, path), createHash("sha256").update(readFileSync(path)).digest("hex")] as const)
      .sort(),
  );

/** What the command line makes of the same source. */
const convertedHere = async (people: readonly string[]): Promise<Readonly<Record<string, string>>> => {
  const [source, target] = [scratchFolder(), join(scratchFolder(), "bids")];
  writeFiles(source, { "study.tar.gz": study(people) });
  await convert(source, mapping, target);
  return hashesBelow(target);
};

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "in",
    (error: unknown) => Problem.from(error).code,
  );

test("a source that was sent is planned, then carried out: the bytes that the command line makes, and again nothing new", async () => {
  const id = await begin(ada, "sent");
  await send(ada, id, "study.tar.gz", study(["01", "02"]));

  const planned = await run(ada, id, { mapping, plan: true });
  expect(planned).toMatchObject({
    state: "planned",
    files: 1,
    report: { counts: { converted: 2, ignored: 1, unmatched: 0 }, images: 2, subjects: 2, errors: 0, converted: null },
    import: null,
  });
  const params = { conversion: id };
  const { items } = await ada.call(conversionRoutes.listConversionFiles, { params, query: {} });
  expect(items).toEqual([
    {
      source: "study.tar.gz!/study/01_T1.nii.gz",
      is: "converted",
      targets: ["sub-01/anat/sub-01_T1w.nii.gz"],
      reason: null,
    },
    {
      source: "study.tar.gz!/study/02_T1.nii.gz",
      is: "converted",
      targets: ["sub-02/anat/sub-02_T1w.nii.gz"],
      reason: null,
    },
    { source: "study.tar.gz!/study/notes.txt", is: "ignored", targets: [], reason: "notes of the console" },
  ]);
  const first = await ada.call(conversionRoutes.listConversionFiles, { params, query: { limit: 2 } });
  const rest = await ada.call(conversionRoutes.listConversionFiles, { params, query: { after: first.next ?? "" } });
  expect([...first.items, ...rest.items]).toEqual(items);
  expect(existsSync(join(bucket, "datasets/sent"))).toBe(false);

  const done = await run(ada, id, { mapping });
  expect(done).toMatchObject({ state: "imported", report: { converted: 2 }, problem: null });
  expect(hashesBelow(join(bucket, "datasets/sent"))).toEqual(await convertedHere(["01", "02"]));
  const importOf = async ({ import: one }: ConversionStatus) =>
    (await ada.call(ingestRoutes.showImport, { params: { import: one ?? "" } })).summary;
  expect(await importOf(done)).toMatchObject({ scans: { added: 2, unchanged: 0 } });

  const again = await begin(ada, "sent");
  await send(ada, again, "study.tar.gz", study(["01", "02"]));
  expect(await importOf(await run(ada, again, { mapping }))).toMatchObject({
    files: { added: 0, changed: 0, removed: 0 },
    scans: { added: 0, unchanged: 2 },
  });
  const more = await begin(ada, "sent");
  await send(ada, more, "study.tar.gz", study(["01", "02", "03"]));
  expect(await importOf(await run(ada, more, { mapping }))).toMatchObject({
    scans: { added: 1, changed: 0, unchanged: 2 },
  });
  await expect.poll(() => hashesBelow(join(bucket, "staging"))).toEqual({});
}, 120_000);

test("a mapping with a typo and a file that no rule speaks of are refused, and corrected without sending the source again", async () => {
  const id = await begin(ada, "corrected");
  await send(ada, id, "study.tar.gz", study(["01"]));
  await send(ada, id, "readme.pdf", Buffer.from("%PDF"));
  const typo = await run(ada, id, { mapping: mapping.replace("suffix: T1w", "sufix: T1w") });
  expect(typo).toMatchObject({ state: "refused", report: { images: 0 } });
  expect(typo.problem).toMatch(/3:\d+ images.0.to.suffix: suffix is missing/);
  const unmatched = await run(ada, id, { mapping });
  expect(unmatched).toMatchObject({ state: "refused", report: { counts: { converted: 1, unmatched: 1 } } });
  expect(unmatched.report?.findings).toContainEqual(
    expect.objectContaining({ severity: "error", where: "readme.pdf" }),
  );
  const ignoring = mapping.replace("ignore: [", 'ignore: [{ from: "*.pdf", reason: a scan of paper }, ');
  expect(await run(ada, id, { mapping: ignoring })).toMatchObject({ state: "imported" });
  expect(Object.keys(hashesBelow(join(bucket, "datasets/corrected")))).toContain("sub-01/anat/sub-01_T1w.nii.gz");
}, 60_000);

test("keyed labels come from the table that is sent, which is given back and is nowhere in the bucket", async () => {
  const keyed = mapping.replace("version: 1", "version: 1\nlabels: keyed");
  const labelsOf = async (id: string) =>
    (await ada.call(conversionRoutes.readConversionLabels, { params: { conversion: id } })).labels ?? "";
  const first = await begin(ada, "keyed");
  await send(ada, first, "study.tar.gz", study(["01"]));
  expect(await run(ada, first, { mapping: keyed })).toMatchObject({ state: "imported" });
  const table = await labelsOf(first);
  const { key, subjects } = JSON.parse(table);
  expect(Object.keys(subjects)).toEqual(["01"]);

  const second = await begin(ada, "keyed");
  await send(ada, second, "study.tar.gz", study(["01", "02"]));
  expect(await run(ada, second, { mapping: keyed, labels: table })).toMatchObject({ state: "imported" });
  const grown = JSON.parse(await labelsOf(second));
  expect([grown.key, grown.subjects["01"]]).toEqual([key, subjects["01"]]);
  const files = Object.keys(hashesBelow(join(bucket, "datasets/keyed")));
  for (const label of Object.values(grown.subjects))
    expect(files).toContain(`sub-${label}/anat/sub-${label}_T1w.nii.gz`);
  const everything = readdirSync(bucket, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const entry of everything) expect(readFileSync(join(entry.parentPath, entry.name)).includes(key)).toBe(false);

  const left =
    await world.sql`select from ingest.conversions where id = ${second} and labels like '%${world.sql.unsafe(key)}%'`;
  expect(left.length).toBeLessThanOrEqual(1);
}, 60_000);

test("nobody else learns of a conversion, and who may not add to the dataset converts nothing into it", async () => {
  const id = await begin(ada, "adas");
  await send(ada, id, "study.tar.gz", study(["01"]));
  await run(ada, id, { mapping, plan: true });
  const nowhere = "0192f0e4-7f3c-7abc-8def-00000000abcd";
  const all = (client: HttpClient, conversion: string) =>
    Promise.all([
      codeOf(client.call(conversionRoutes.showConversion, { params: { conversion } })),
      codeOf(client.call(conversionRoutes.listConversionFiles, { params: { conversion }, query: {} })),
      codeOf(client.call(conversionRoutes.readConversionLabels, { params: { conversion } })),
      codeOf(send(client, conversion, "x.tar", Buffer.alloc(1))),
      codeOf(client.call(conversionRoutes.runConversion, { params: { conversion }, body: { mapping } })),
      codeOf(client.call(conversionRoutes.cancelConversion, { params: { conversion } })),
    ]);
  expect(await all(bob, id)).toEqual(Array.from({ length: 6 }, () => "not-found"));
  expect(await all(bob, nowhere)).toEqual(await all(bob, id));
  await run(ada, id, { mapping });
  expect(await codeOf(begin(bob, "adas"))).toBe("not-found");
  const grant = { kind: "dataset", resource: "adas", grantee: "bob" } as const;
  const accounts = world.admin("accounts");
  await accounts.call(accountsRoutes.giveGrant, { params: grant, body: { role: "viewer" } });
  expect(await codeOf(begin(bob, "adas"))).toBe("forbidden");
  await accounts.call(accountsRoutes.giveGrant, { params: grant, body: { role: "contributor" } });
  const his = await begin(bob, "adas");
  await send(bob, his, "study.tar.gz", study(["09"]));
  await run(bob, his, { mapping, plan: true });
  await accounts.call(accountsRoutes.revokeGrant, { params: grant });
  expect(await codeOf(bob.call(conversionRoutes.showConversion, { params: { conversion: his } }))).toBe("not-found");
  expect(
    await codeOf(bob.call(conversionRoutes.runConversion, { params: { conversion: his }, body: { mapping } })),
  ).toBe("not-found");
}, 60_000);

test("a right that is lost while a conversion runs counts: nothing is imported", async () => {
  await run(ada, await sentBy(ada, "lost", ["01"]), { mapping });
  const grant = { kind: "dataset", resource: "lost", grantee: "bob" } as const;
  const accounts = world.admin("accounts");
  await accounts.call(accountsRoutes.giveGrant, { params: grant, body: { role: "contributor" } });
  const his = await sentBy(bob, "lost", ["01", "02"]);
  await bob.call(conversionRoutes.runConversion, { params: { conversion: his }, body: { mapping } });
  await accounts.call(accountsRoutes.revokeGrant, { params: grant });
  const status = await ended(admin, his);
  expect(status.state).toBe("refused");
  expect(Object.keys(hashesBelow(join(bucket, "datasets/lost")))).not.toContain("sub-02/anat/sub-02_T1w.nii.gz");
}, 60_000);

const sentBy = async (client: HttpClient, dataset: string, people: readonly string[]): Promise<string> => {
  const id = await begin(client, dataset);
  await send(client, id, "study.tar.gz", study(people));
  return id;
};

test("a place that the server reads is for administrators", async () => {
  const source = scratchFolder();
  writeFiles(source, { "deep/07_T1.nii.gz": madeNifti({ seed: 7 }) });
  const body = { dataset: "placed", address: pathToFileURL(source).href };
  expect(await codeOf(ada.call(conversionRoutes.beginConversion, { body }))).toBe("forbidden");
  const { id } = await admin.call(conversionRoutes.beginConversion, { body });
  expect(await run(admin, id, { mapping })).toMatchObject({ state: "imported", report: { images: 1 } });
}, 60_000);

test.each<readonly [string, string, Buffer, RegExp]>([
  [
    "a name that leads out of an archive",
    "a.tar",
    tarOf({ "../../evil_T1.nii.gz": madeNifti({}) }),
    /the path has the segment .+\.\./,
  ],
  ["a bomb", "a.tar.gz", gzipSync(Buffer.alloc(100 * 2 ** 20)), /250 times its size|more than 2000000 bytes/],
  [
    "two files of one name",
    "a.tar",
    tarOf({ "b/01_T1.nii.gz": madeNifti({ seed: 2 }) }),
    /sub-01_T1w\.nii\.gz.*(?:01_T1|two)/,
  ],
  ["what is no archive", "a.tar.gz", Buffer.from("no gzip"), /a.tar.gz/],
])(
  "%s is refused with its reason, and nothing is imported",
  async (_, path, bytes, reason) => {
    const dataset = `bad-${createHash("sha256").update(path).update(bytes).digest("hex").slice(0, 8)}`;
    const id = await begin(ada, dataset);
    await send(ada, id, path, bytes);
    await send(ada, id, "01_T1.nii.gz", madeNifti({}));
    const status = await run(ada, id, { mapping });
    expect(status.state).toBe("refused");
    expect(JSON.stringify([status.problem, status.report?.findings])).toMatch(reason);
    expect(existsSync(join(bucket, "datasets", dataset))).toBe(false);
  },
  60_000,
);

test("what would fill the disk, has no source or would lie outside is refused", async () => {
  const id = await begin(ada, "much");
  expect(await run(ada, id, { mapping })).toMatchObject({ state: "refused", problem: "The source has no files." });
  expect(await codeOf(send(ada, id, "../x.tar", Buffer.alloc(1)))).toBe("invalid");
  expect(await codeOf(send(ada, id, "/etc/x.tar", Buffer.alloc(1)))).toBe("invalid");
  expect(await codeOf(send(ada, id, "x.tar", Buffer.alloc(maxBytes + 1)))).toBe("too-large");
  await send(ada, id, "a/b_T1.nii.gz", madeNifti({}));
  expect(await codeOf(send(ada, id, "a", Buffer.alloc(1)))).toBe("invalid");
  for (const part of ["1", "2"]) await send(ada, id, `0${part}_T1.nii.gz`, randomImage());
  const status = await run(ada, id, { mapping });
  expect(status).toMatchObject({ state: "refused" });
  expect(status.problem).toContain(`more than ${maxBytes} bytes`);
}, 60_000);

/** Bytes that nothing packs: two of their kind are more than a conversion may have. */
const randomImage = (): Buffer => {
  const voxels = Buffer.alloc(1_200_000);
  for (let at = 0; at < voxels.length; at += 32) createHash("sha256").update(String(at)).digest().copy(voxels, at);
  return gzipSync(voxels);
};

test("a service that is killed in the middle of a conversion carries it out when it is back, with the same bytes", async () => {
  const environment = {
    ...process.env,
    ...settingsFor(world.servers),
    ROLLERBLADE_ACCOUNTS_ADMIN_TOKEN: world.adminToken,
  };
  let child: ChildProcess | null = null;
  onTestFinished(() => void child?.kill("SIGKILL"));
  const start = async (crashAt: string): Promise<HttpClient> => {
    const started = spawn(process.execPath, [join(import.meta.dirname, "../service/ingest-process.ts")], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...environment, ROLLERBLADE_CRASH_AT: crashAt },
    });
    child = started;
    for await (const url of createInterface({ input: started.stdout }))
      return createHttpClient({ url, token: world.adminToken });
    throw new Error("the services did not start");
  };
  // The service of this file waits meanwhile: what is begun is taken up by whoever is first.
  for (const place of ["ingest.converting", "ingest.converted"]) {
    const dataset = place.replace(".", "-");
    const client = await start(place);
    const id = await sentBy(client, dataset, ["01", "02"]);
    const died = child === null ? Promise.resolve() : once(child, "exit");
    await client.call(conversionRoutes.runConversion, { params: { conversion: id }, body: { mapping } });
    await died;
    expect(await ended(admin, id)).toMatchObject({ state: "imported" });
    expect(hashesBelow(join(bucket, "datasets", dataset))).toEqual(await convertedHere(["01", "02"]));
  }
}, 120_000);
