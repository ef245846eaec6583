import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogRoutes, routerRoutes, schedulerRoutes } from "@rollerblade/client";
import { importDataset } from "@rollerblade/transfer";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { root } from "../e2e/world.ts";
import { type ConsoleBrowser, startBrowser } from "./browser.ts";

/** What a page would obey if it took a text for HTML: it tells the page that it did. */
const tag = '<img src=x onerror="window.obeyed=1"><script>window.obeyed=1</script>';

/** The same as a name of a file, in which no slash can stand. */
const fileTag = '<img src=x onerror="window.obeyed=1">';

/** A text that turns the direction of what follows (Unicode 15.1, 23.2), and one that a terminal obeys. */
const turned = "\u202egpj.exe";
const escapes = "\u001b[2J\u001b]0;obeyed\u0007\u001b[31m";

let browser: ConsoleBrowser;
let folder: string;
let run: string;
const dataset = `hostile-${Date.now()}`;
const analysis = `console-${dataset}`;

beforeAll(async () => {
  browser = await startBrowser();
  folder = mkdtempSync(join(tmpdir(), "console-hostile-"));
  const data = join(folder, "data");
  const anat = join(data, "sub-01", "anat");
  mkdirSync(anat, { recursive: true });
  mkdirSync(join(data, "code"));
  const image = "sub-03/ses-baseline/anat/sub-03_ses-baseline_T1w.nii.gz";
  cpSync(join(root, "examples", "datasets", "colin-mini", image), join(anat, "sub-01_T1w.nii.gz"));
  const write = (path: string, value: unknown): void =>
    writeFileSync(join(data, path), typeof value === "string" ? value : JSON.stringify(value));
  write("dataset_description.json", {
    ...{ Name: tag, BIDSVersion: "1.10.0", Authors: [tag, turned], License: "javascript:window.obeyed=1" },
    ...{ Acknowledgements: `${"long ".repeat(2_000)}`, ReferencesAndLinks: ["javascript:window.obeyed=1"] },
  });
  write("README", tag);
  write("participants.tsv", `participant_id\tage\tsex\t${tag}\t__proto__\nsub-01\t33\t${tag}\t${tag}\t=1+1\n`);
  write("participants.json", { [tag]: { Description: tag, Levels: { [tag]: tag } } });
  write("sub-01/anat/sub-01_T1w.json", {
    ...{ [tag]: tag, SeriesDescription: `${turned}${escapes}`, EchoTime: 0.003 },
    ...{ Deep: { constructor: { prototype: { obeyed: tag } } }, "javascript:window.obeyed=1": "https://evil.example" },
  });
  write(`sub-01/anat/${fileTag}.nii.gz`, "no image");
  write(`code/${fileTag}.txt`, tag);
  await importDataset({ client: browser.client, directory: data, dataset });
  await vi.waitFor(
    async () => {
      const { scans } = await browser.client.call(catalogRoutes.showDataset, { params: { dataset } });
      expect(scans).toBe(1);
    },
    { timeout: 60_000, interval: 200 },
  );
  const code = join(folder, "code");
  mkdirSync(code);
  // The data decides what it writes: one line that looks like a page, and one that looks like a terminal's.
  writeFileSync(
    join(code, "main.sh"),
    `printf '%s\\n' '${tag}' >&2; printf '\\033[2J\\033]0;obeyed\\007\\033[31mred\\033[0m %s\\n' '${dataset}' >&2; exit 1\n`,
  );
  const manifest = `name: ${analysis}
version: 1.0.0
description: ${JSON.stringify(tag)}
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
outputs: {report: {name: "{entities}_desc-x_report.json"}}
parameters: {type: object, properties: {p: {type: string, description: ${JSON.stringify(tag)}, default: ${JSON.stringify(tag)}}}}
resources: {cpu: 100m, memory: 64Mi, timeout: 60s}
retry: {attempts: 1}
`;
  await browser.client.call(schedulerRoutes.createAnalysis, { body: { manifest, folder: code } });
  const query = `dataset.name == "${dataset}"`;
  const begun = await browser.client.call(schedulerRoutes.createRun, { body: { analysis, query } });
  run = begun.id;
  const source = `datasets: [${dataset}]\nrules: []\ntags:\n  - name: t\n    from: {analysis: brain-mask, output: mask}\n    title: ${JSON.stringify(tag)}\n    show: {kind: image}\n`;
  await browser.client.call(routerRoutes.applyPipeline, { params: { name: dataset }, body: { source } });
  await vi.waitFor(
    async () => {
      const { state } = await browser.client.call(schedulerRoutes.showRun, { params: { id: run } });
      expect(state).toBe("finished");
    },
    { timeout: 120_000, interval: 300 },
  );
}, 180_000);
afterAll(async () => {
  await browser.client.call(routerRoutes.removePipeline, { params: { name: dataset } });
  await browser.client.call(catalogRoutes.deleteDataset, { params: { dataset } });
  await browser.close();
  rmSync(folder, { recursive: true });
});

test("a hostile dataset is text on every page: nothing of it is obeyed, linked to, or fetched", async () => {
  const { page, open, complaints } = await browser.signedIn();
  const hosts = new Set<string>();
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  const at = `/datasets/${dataset}`;
  const column = encodeURIComponent("subject.sex");
  const visits: readonly (readonly [string, string | RegExp, string | RegExp])[] = [
    ["/", "Home", dataset],
    [at, dataset, "<script>"],
    [`${at}?tab=subjects&columns=${column}`, dataset, "<script>"],
    [`${at}?tab=findings`, dataset, "not-imported"],
    [`${at}?tab=files`, dataset, "code/"],
    [`${at}?tab=files&folder=code`, dataset, "onerror"],
    [`${at}?tab=access`, dataset, "belongs to"],
    [`${at}?tab=imports`, dataset, "onerror"],
    [`${at}/subjects/01?scan=${encodeURIComponent("sub-01/anat/sub-01_T1w.nii.gz")}`, /^sub-01/, "EchoTime"],
    [
      `/query?expression=${encodeURIComponent(`dataset.name == "${dataset}"`)}&columns=${column}&by=${column}`,
      "Query",
      "<script>",
    ],
    ["/analyses", "Analyses", "onerror"],
    [`/analyses/${analysis}`, /^console-hostile/, "<script>"],
    [`/runs/${run}`, /^Run of/, "Failures by cause"],
    [`/pipelines/${dataset}`, `Pipeline ${dataset}`, "revision"],
    [`/results?dataset=${dataset}`, "Results", "Nothing is tagged"],
    [`/quality?dataset=${dataset}`, "Quality control", "sub-01_T1w"],
    ["/operations", "Operations", "Services"],
    [`/access?part=audit`, "Access", "Audit"],
  ];
  for (const [address, heading, text] of visits) {
    await open(address, heading);
    await page.locator("main").getByText(text).first().waitFor();
    const seen = await page.evaluate<{ obeyed: boolean; scripts: number; images: number; links: string[] }>(`({
      obeyed: window.obeyed !== undefined || document.title === "obeyed",
      scripts: document.querySelectorAll("main script, main object, main embed, main base, main meta").length,
      images: document.querySelectorAll('main img:not(.picture)').length,
      links: [...document.querySelectorAll("a")].map((one) => one.href).filter((one) => !one.startsWith(location.origin)),
    })`);
    expect([address, seen]).toEqual([
      address,
      { obeyed: false, scripts: 0, images: 0, links: seen.links.filter(isOfBids) },
    ]);
  }
  expect([...hosts]).toEqual([new URL(page.url()).host]);
  expect(complaints).toEqual([]);
});

/** Findings name the section of the specification that they are about. */
const isOfBids = (link: string): boolean =>
  /^https:\/\/(bids-specification\.readthedocs\.io|bids\.neuroimaging\.io)\//.test(link);

test("a log shows what a program wrote, without what a terminal would obey", async () => {
  const { page, open, complaints } = await browser.signedIn();
  await open(`/runs/${run}`, /^Run of/);
  await page.getByRole("table", { name: "Slices" }).getByRole("link", { name: "look" }).first().click();
  const log = page.getByRole("region", { name: "Log", exact: true });
  await log.getByText(`red ${dataset}`).waitFor();
  const text = (await log.textContent()) ?? "";
  expect(text).toContain(tag);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f]/);
  expect(await page.title()).not.toContain("obeyed");
  expect(complaints).toEqual([]);
});
