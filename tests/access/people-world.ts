import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { accountsRoutes, createHttpClient, type HttpClient, schedulerRoutes } from "@rollerblade/client";
import { importDataset, sendAsset } from "@rollerblade/transfer";
import { catalog } from "../../services/catalog/src/index.ts";
import { gateway } from "../../services/gateway/src/index.ts";
import { ingest } from "../../services/ingest/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";

/** Every service behind the gateway, with people who know nothing of each other. */
export type PeopleWorld = ServicesWorld & {
  /** The gateway's address. */
  readonly door: string;
  /** The administrator, through the gateway. */
  readonly root: HttpClient;
  /** Adds a person, and gives the client and the token. */
  addUser(name: string): Promise<Person>;
  /** Imports a small dataset as somebody: one scan a subject label. Waits until it is indexed. */
  importAs(person: Person, dataset: string, labels: readonly string[]): Promise<void>;
  /** Makes an analysis that writes `{"value": 1}` for each T1w image, and gives it to a person. */
  createAnalysis(name: string, owner: string): Promise<void>;
  /** Makes a version of an asset of one small file, whose content is its version. */
  createAsset(person: Person, name: string, version: string): Promise<void>;
  /** Waits until every run is finished. */
  settleRuns(): Promise<void>;
};

/** Somebody with a token. */
export type Person = { readonly name: string; readonly token: string; readonly client: HttpClient };

/** Starts the servers and all services. Results are shared only among those who may read what they are made from. */
export const startPeopleWorld = async (gatewaySettings: Record<string, unknown> = {}): Promise<PeopleWorld> => {
  const world = await startServicesWorld(
    [ingest, catalog, scheduler, pipelineRouter, tagger, gateway],
    {
      catalog: { sweepSeconds: 1 },
      ingest: { sweepSeconds: 1 },
      tagger: { sweepSeconds: 1 },
      gateway: gatewaySettings,
    },
    { ROLLERBLADE_MODE: "embedded", ROLLERBLADE_CACHE: "readable" },
  );
  const door = world.url("gateway");
  const root = createHttpClient({ url: door, token: world.adminToken });
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(world.scratch, path)), { recursive: true });
    writeFileSync(join(world.scratch, path), content);
  };
  return {
    ...world,
    door,
    root,
    addUser: async (name) => {
      await root.call(accountsRoutes.createUser, { body: { name } });
      const { token } = await root.call(accountsRoutes.createToken, { body: { user: name, label: "test" } });
      return { name, token, client: createHttpClient({ url: door, token }) };
    },
    importAs: async ({ client }, dataset, labels) => {
      rmSync(join(world.scratch, dataset), { recursive: true, force: true });
      write(
        `${dataset}/dataset_description.json`,
        '{"Name": "A study", "BIDSVersion": "1.10.0", "DatasetType": "raw"}',
      );
      write(
        `${dataset}/participants.tsv`,
        `participant_id\tage\tsex\n${labels.map((label) => `sub-${label}\t4${label}\tF\n`).join("")}`,
      );
      for (const label of labels) write(`${dataset}/sub-${label}/anat/sub-${label}_T1w.nii.gz`, `T1w of ${label}`);
      const { status } = await importDataset({ client, directory: join(world.scratch, dataset), dataset });
      await until(`${dataset} is indexed`, async () => {
        const [batch] = await world.sql<{ open: boolean }[]>`
          select indexed_at is null as open from catalog.batches where id = ${status.id}`;
        return batch?.open === false;
      });
    },
    createAnalysis: async (name, owner) => {
      write(`${name}-code/main.sh`, "echo '{\"value\": 1}' > $ROLLERBLADE_OUT/report.json\n");
      const manifest = `name: ${name}
version: 1.0.0
process: [sh, main.sh]
level: scan
inputs: {t1w: {suffix: T1w, extension: .nii.gz}}
parameters: {type: object, properties: {note: {type: string, default: ""}}}
outputs: {report: {name: "{entities}_desc-${name.replaceAll("-", "")}_report.json"}}
resources: {timeout: 30s}
`;
      const folder = join(world.scratch, `${name}-code`);
      await root.call(schedulerRoutes.createAnalysis, {
        body: { manifest, folder, file: join(folder, "analysis.yaml") },
      });
      const params = { kind: "analysis", name } as const;
      await root.call(accountsRoutes.transferResource, { params, body: { owner } });
    },
    createAsset: async ({ client }, name, version) => {
      write(`assets/${name}/file.txt`, version);
      await sendAsset({ client, name, version, description: "", path: join(world.scratch, "assets", name) });
    },
    settleRuns: () =>
      until("every run is finished", async () => {
        const open = await world.sql`select from scheduler.runs where state <> 'finished'`;
        return open.length === 0;
      }),
  };
};

/** Waits for a condition. @throws when it does not hold within two minutes */
export const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(100)) if (await holds()) return;
  throw new Error(`Waited two minutes until ${what}.`);
};
