import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  accountsRoutes,
  catalogRoutes,
  type createHttpClient,
  gatewayRoutes,
  routerRoutes,
  type SearchHit,
  schedulerRoutes,
} from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { startServicesWorld } from "./services-world.ts";

/** A person looks around through the gateway: finds things by their names, and reads the report of an analysis. */
const world = await startServicesWorld(
  [ingest, catalog, scheduler, pipelineRouter, tagger, gateway],
  {},
  { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_DATABASE_POOL: "4" },
);
afterAll(() => world.stop());
const door = world.admin("gateway");
const wait = { timeout: 120_000, interval: 200 };

const manifest = `name: face-report
version: 1.0.0
description: A page about a head
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
resources: {timeout: 30s}
outputs:
  page: {name: "{entities}_desc-face_report.html"}
  figure: {name: "{entities}_desc-face_figure.svg"}
`;
const page = '<!doctype html><img src="sub-01_desc-face_figure.svg"><script>document.title = "ran"</script>';
const figure = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><circle r="5"/></svg>';

let stranger: ReturnType<typeof createHttpClient>;

beforeAll(async () => {
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(world.scratch, path)), { recursive: true });
    writeFileSync(join(world.scratch, path), content);
  };
  write("study/dataset_description.json", '{"Name": "Faces of Colin", "BIDSVersion": "1.10.0", "DatasetType": "raw"}');
  write("study/sub-01/anat/sub-01_T1w.nii.gz", "a head");
  write("study/sub-quoted/anat/sub-quoted_T1w.nii.gz", "another head");
  await importDataset({ client: world.admin("ingest"), directory: join(world.scratch, "study"), dataset: "faces" });
  write("analysis/main.sh", "cp page.html $ROLLERBLADE_OUT/page.html; cp figure.svg $ROLLERBLADE_OUT/figure.svg\n");
  write("analysis/page.html", page);
  write("analysis/figure.svg", figure);
  const folder = join(world.scratch, "analysis");
  await door.call(schedulerRoutes.createAnalysis, { body: { manifest, folder, file: join(folder, "analysis.yaml") } });
  await vi.waitFor(async () => {
    const { scans } = await door.call(catalogRoutes.showDataset, { params: { dataset: "faces" } });
    expect(scans).toBe(2);
  }, wait);
  const { id } = await door.call(schedulerRoutes.createRun, {
    body: { analysis: "face-report", query: 'subject.label == "01"' },
  });
  await vi.waitFor(async () => {
    const { items } = await door.call(catalogRoutes.listDerivatives, { query: { dataset: "faces" } });
    const run = await door.call(schedulerRoutes.showRun, { params: { id } });
    expect({ failures: run.failures, made: items.length }).toEqual({ failures: [], made: 2 });
  }, wait);
  await door.call(routerRoutes.applyPipeline, {
    params: { name: "faces-daily" },
    body: { source: "datasets: [faces]\nrules: []\ntags: []\n" },
  });
  stranger = await world.addPerson("stranger", "gateway");
}, 240_000);

const search = async (text: string, client = door) => client.call(gatewayRoutes.search, { query: { text } });

describe("a search", () => {
  const kindsOf = (items: readonly SearchHit[]) => items.map(({ kind, id, dataset }) => ({ kind, id, dataset }));

  test.each([
    [
      "fac",
      [
        { kind: "dataset", id: "faces", dataset: null },
        { kind: "analysis", id: "face-report", dataset: null },
        { kind: "pipeline", id: "faces-daily", dataset: null },
      ],
    ],
    ["of colin", [{ kind: "dataset", id: "faces", dataset: null }]],
    [
      "sub-01",
      [
        { kind: "subject", id: "01", dataset: "faces" },
        { kind: "scan", id: "sub-01/anat/sub-01_T1w.nii.gz", dataset: "faces" },
      ],
    ],
    ['") || true || ("', []],
    ["\\", []],
  ])("for %j finds what has it in its name, label or path", async (text, expected) => {
    const { items, missing } = await search(text);
    expect(missing).toEqual([]);
    expect(kindsOf(items)).toEqual(expected);
  });

  test("for an analysis or the beginning of an id finds runs", async () => {
    const { items } = await search("face-report");
    const run = items.find(({ kind }) => kind === "run");
    expect(run).toMatchObject({ title: "face-report 1.0.0", detail: expect.stringContaining("finished") });
    expect(kindsOf((await search(run?.id.slice(0, 10) ?? "")).items)).toContainEqual({
      ...{ kind: "run", id: run?.id, dataset: null },
    });
  });

  test("finds what stands behind the first thousand names of a list, too", async () => {
    await world.sql`insert into catalog.datasets (name) select 'crowd-' || number from generate_series(1, 1001) as number`;
    expect(kindsOf((await search("of colin")).items)).toEqual([{ kind: "dataset", id: "faces", dataset: null }]);
    await world.sql`delete from catalog.datasets where name like 'crowd-%'`;
  });

  test("finds nothing of what a person may not see", async () => {
    for (const text of ["fac", "sub-01", "face-report", "quoted"])
      expect(await search(text, stranger)).toEqual({ items: [], missing: [] });
  });
});

describe("a report", () => {
  const path = "derivatives/face-report-1.0.0/sub-01/anat/sub-01_desc-face_report.html";
  const open = async (client = door) =>
    (await client.call(gatewayRoutes.openReport, { query: { dataset: "faces", path } })).address;
  const read = async (address: string, headers: Record<string, string> = {}) =>
    fetch(new URL(address, world.url("gateway")), { headers });

  test("is a page of its own origin that loads what lies beside it and nothing else", async () => {
    const address = await open();
    const answer = await read(address, { "sec-fetch-dest": "iframe" });
    expect(await answer.text()).toBe(page);
    expect(answer.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(answer.headers.get("x-frame-options")).toBeNull();
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^sandbox allow-scripts; default-src 'none'; /);
    expect(policy).not.toMatch(/allow-same-origin|connect-src|\*/);
    const folder = address.slice(0, address.indexOf("/derivatives"));
    expect(policy).toContain(`img-src data: blob: ${new URL(world.url("gateway")).host}${folder}/;`);
    const image = await read(address.replace("report.html", "figure.svg"));
    expect(await image.text()).toBe(figure);
    expect(image.headers.get("content-type")).toBe("image/svg+xml");
    expect(image.headers.get("content-security-policy")).toMatch(/^sandbox; default-src 'none'/);
  });

  test("runs no script in a window of its own", async () => {
    const policy = (await read(await open(), { "sec-fetch-dest": "document" })).headers.get("content-security-policy");
    expect(policy).toMatch(/^sandbox; /);
    expect(policy).not.toContain("script-src");
  });

  test.each([
    ["another folder", (address: string) => address.replace(/derivatives.*/, "sub-01/anat/sub-01_T1w.nii.gz"), 403],
    [
      "a folder above",
      (address: string) => address.replace(/sub-01\/anat.*/, "..%2f..%2fdataset_description.json"),
      404,
    ],
    ["a file that is not there", (address: string) => address.replace("report.html", "nothing.html"), 404],
    ["another ticket", (address: string) => address.replace(/\/reports\/../, "/reports/AA"), 403],
  ])("leads to no file of %s", async (_, change, status) => {
    expect((await read(change(await open()))).status).toBe(status);
  });

  test("is not there for who may not read what it was made from, and no more once they may not", async () => {
    await expect(open(stranger)).rejects.toMatchObject({ code: "not-found" });
    const grant = { kind: "dataset", resource: "faces", grantee: "stranger" } as const;
    await door.call(accountsRoutes.giveGrant, { params: grant, body: { role: "viewer" } });
    const address = await open(stranger);
    expect((await read(address)).status).toBe(200);
    await door.call(accountsRoutes.revokeGrant, { params: grant });
    expect((await read(address)).status).toBe(404);
  });
});

test("the bytes of a file are read as they are", async () => {
  const query = new URLSearchParams({ dataset: "faces", path: "sub-01/anat/sub-01_T1w.nii.gz" });
  const answer = await door.raw(`/v1/files/content?${query}`);
  expect(await answer.text()).toBe("a head");
  expect(answer.headers.get("content-disposition")).toContain('attachment; filename="sub-01_T1w.nii.gz"');
  await expect(stranger.raw(`/v1/files/content?${query}`)).rejects.toMatchObject({ code: "not-found" });
});
