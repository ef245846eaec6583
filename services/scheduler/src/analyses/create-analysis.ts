import { isAbsolute } from "node:path";
import { canonicalJson } from "@rollerblade/abids";
import { type Manifest, parseManifest } from "@rollerblade/analysis";
import { type Sql, type Transaction, transaction } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { type ServiceEvents, toStruct } from "@rollerblade/events";
import type { ResolvedImage } from "@rollerblade/executors/docker";
import type { Principal, ServiceContext } from "@rollerblade/service-kit";
import { withAssetHashes } from "../assets/used-assets.ts";
import type { SchedulerConfig } from "../config.ts";
import { claimName, type Naming } from "../rights/claim-name.ts";
import { requirePullable, resolveAtRegistry } from "./digest-at-registry.ts";
import { type Analysis, forgetAnalysis } from "./known-analyses.ts";
import { placeOfImage, type RegistryRules, requireRegistry } from "./registry-rules.ts";
import { requireFreeName } from "./reserved-names.ts";

/** What creating an analysis needs. */
export type Creating = Naming & {
  readonly sql: Sql;
  readonly events: Pick<ServiceEvents, "emit">;
  readonly settings: Pick<ServiceContext["settings"], "mode">;
  readonly config: Pick<SchedulerConfig, "executor" | "images" | "networks"> & RegistryRules;
  /** Null where no processes run. */
  readonly identify: IdentifyCode | null;
};

/** Identifies the code of a process in a folder. @throws Problem when there is none, or what it is started with cannot be had */
export type IdentifyCode = (manifest: Manifest, folder: string) => Promise<string>;

/** What a person wants to create. */
export type NewAnalysis = {
  /** The text of the manifest. */
  readonly manifest: string;
  readonly folder?: string | undefined;
  readonly executor?: "process" | "docker" | undefined;
  readonly file?: string | undefined;
};

/** The version, and whether it is new. */
export type CreatedAnalysis = { readonly analysis: Analysis; readonly created: boolean };

/**
 * Creates a version of an analysis. A version never changes: the same content again is as good as new, any other is refused.
 * @throws Problem `invalid` with every fault of the manifest, `conflict`, `not-found` when the name is somebody else's
 */
export const createAnalysis = async (
  scheduler: Creating,
  principal: Principal,
  order: NewAnalysis,
): Promise<CreatedAnalysis> => {
  const written = parseManifest(order.manifest, order.file);
  requireNetwork(scheduler.config, written);
  requireFreeName(written.name);
  const manifest = await withAssetHashes(scheduler, principal, written);
  const resolveCode = codeOf(scheduler, principal, manifest, order);
  // Only who may create it has a registry asked, or an image pulled.
  await claimName(scheduler, principal, { kind: "analysis", name: manifest.name });
  const code = await resolveCode();
  const row = {
    name: manifest.name,
    version: manifest.version,
    manifest,
    ...code,
    source: order.manifest,
    owner: principal.name,
  };
  return transaction(scheduler.sql, (tx) => insertAnalysis(scheduler, tx, row));
};

/** Refuses a network that the site does not let analyses reach. */
const requireNetwork = ({ networks }: Pick<SchedulerConfig, "networks">, { name, network }: Manifest): void => {
  if (network === undefined || networks.includes(network)) return;
  const known = networks.length === 0 ? "none is set up" : `there is ${networks.join(", ")}`;
  throw new Problem({
    code: "invalid",
    message: `${name} asks for the network "${network}", which analyses may not reach here: ${known}.`,
    subject: "network",
    next: "Leave `network` out, or ask the operator to add it to ROLLERBLADE_SCHEDULER_NETWORKS.",
  });
};

type NewRow = Omit<Analysis, "createdAt">;

/** Inserts a version, or finds the same one there. @throws Problem `conflict` where the version has another content */
export const insertAnalysis = async (
  scheduler: Pick<Creating, "sql" | "events">,
  tx: Transaction,
  row: NewRow,
): Promise<CreatedAnalysis> => {
  const [inserted] = await tx<Analysis[]>`
    insert into scheduler.analyses (name, version, manifest, code, image, folder, source, owner)
    values (${row.name}, ${row.version}, ${canonicalJson(row.manifest)}::text::jsonb, ${row.code}, ${row.image}, ${row.folder},
      ${row.source}, ${row.owner})
    on conflict (name, version) do nothing returning *`;
  if (inserted === undefined) return { analysis: await sameAsBefore(scheduler.sql, tx, row), created: false };
  const { name, version, manifest, code, owner } = row;
  await scheduler.events.emit(tx, "analysis.created", { name, version, manifest: toStruct(manifest), code, owner });
  return { analysis: inserted, created: true };
};

const sameAsBefore = async (sql: Sql, tx: Transaction, row: NewRow): Promise<Analysis> => {
  const [before] = await tx<Analysis[]>`
    select * from scheduler.analyses where name = ${row.name} and version = ${row.version}`;
  if (before === undefined) throw new Error(`${row.name} ${row.version} has vanished.`);
  const change = changeOf(before, row);
  if (change === null) return followFolder(sql, tx, before, row);
  throw new Problem({
    code: "conflict",
    message: `${row.name} ${row.version} exists already, and ${change}.`,
    subject: `${row.name} ${row.version}`,
    next: "A version never changes: raise `version` in the manifest.",
  });
};

const changeOf = (before: Analysis, row: NewRow): string | null => {
  if (before.code !== row.code) return "its code differs";
  if (canonicalJson(before.manifest) !== canonicalJson(row.manifest)) return "its manifest differs";
  return null;
};

/** Remembers a new folder. The same code in another folder is the same code, so the version stays what it is. */
const followFolder = async (sql: Sql, tx: Transaction, before: Analysis, row: NewRow): Promise<Analysis> => {
  if (before.folder === row.folder) return before;
  await tx`
    update scheduler.analyses set folder = ${row.folder} where name = ${row.name} and version = ${row.version}`;
  forgetAnalysis(sql, row.name, row.version);
  return { ...before, folder: row.folder };
};

type Code = Pick<Analysis, "code" | "image" | "folder">;

/**
 * Decides what the code of a version is.
 * @returns how it is looked up, which may take long and ask others
 * @throws Problem for what cannot run here
 */
const codeOf = (
  { settings, config, identify }: Pick<Creating, "settings" | "config" | "identify">,
  principal: Principal,
  manifest: Manifest,
  { folder, executor }: NewAnalysis,
): (() => Promise<Code>) => {
  const may = settings.mode === "embedded" && folder !== undefined && manifest.process !== null;
  const kind = executor ?? (may ? "process" : "docker");
  if (kind === "docker") {
    const { image } = manifest;
    if (image === null) throw missing(manifest, "image", "Add the image, or create it with the folder of its code.");
    requireRegistry(image, placeOfImage(image, config), config);
    const isFixed = /@sha256:[0-9a-f]{64}$/.test(image);
    if (config.images === "by-name" && !isFixed)
      return async () => ({ code: `image:name:${image}`, image, folder: null });
    // A cluster has no Docker; its nodes pull from the registry.
    const atRegistry = config.executor === "kubernetes" && !isFixed;
    return async () => {
      const { code, reference } = atRegistry
        ? await resolveAtRegistry(image, config)
        : await resolveHere(image, config);
      return { code, image: reference, folder: null };
    };
  }
  if (settings.mode !== "embedded" || identify === null || !principal.admin) throw notTrusted(manifest);
  if (manifest.process === null)
    throw missing(manifest, "process", "Add how it is started, for example [python, main.py], or use its image.");
  if (folder === undefined || !isAbsolute(folder))
    throw missing(manifest, "folder", "Give the absolute folder of its code.");
  return async () => ({ code: await identify(manifest, folder), image: null, folder });
};

/** Asks the Docker engine of this machine, whose client takes memory and is loaded for that only. */
const resolveHere = async (image: string, config: RegistryRules): Promise<ResolvedImage> => {
  const { resolveImage } = await import("@rollerblade/executors/docker");
  return resolveImage(image, (name) => requirePullable(name, config));
};

const missing = ({ name, version }: Manifest, field: string, next: string): Problem =>
  new Problem({ code: "invalid", message: `${name} ${version} has no ${field}.`, subject: field, next });

const notTrusted = ({ name }: Manifest): Problem =>
  new Problem({
    code: "forbidden",
    message: `${name} cannot run as a process here: only the embedded mode runs code outside a container, for its administrator.`,
    subject: name,
    next: "Build an image and name it under `image`.",
  });
