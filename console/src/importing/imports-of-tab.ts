import { type ImportStatus, ingestRoutes, retryUnavailable } from "@rollerblade/client";
import { useSyncExternalStore } from "react";
import { client } from "../api/client.ts";
import type { FolderFile } from "./folder-file.ts";
import type { ImportOptions, ImportProgress } from "./import-folder.ts";

/** Where the files of an import come from: a folder of this machine, or an address that the server reads itself. */
export type ImportSource = { readonly files: readonly FolderFile[] } | { readonly address: string };

/** An import that this tab has begun. It goes on while one looks at other pages. */
export type TabImport = {
  readonly dataset: string;
  readonly source: ImportSource;
  readonly progress: ImportProgress;
  readonly state: "running" | "ended" | "failed";
  /** How the server has ended it. */
  readonly status: ImportStatus | null;
  /** Why it has failed: what was sent stays there, and it can go on. */
  readonly problem: Error | null;
};

/** By the name of the dataset, of which one import runs at a time. */
let imports: ReadonlyMap<string, TabImport> = new Map();
const stops = new Map<string, AbortController>();
const listeners = new Set<() => void>();

const put = (one: TabImport): void => {
  imports = new Map(imports).set(one.dataset, one);
  for (const listener of listeners) listener();
};

/** The imports of this tab. */
export const useTabImports = (): ReadonlyMap<string, TabImport> =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => imports,
  );

const begun: ImportProgress = { phase: "list", done: 0, of: 0, trouble: "" };

/** Begins an import, or goes on with one that has failed. */
export const startImport = (dataset: string, source: ImportSource): void => {
  const stop = new AbortController();
  stops.get(dataset)?.abort();
  stops.set(dataset, stop);
  const of = { dataset, source, status: null, problem: null };
  const options = {
    dataset,
    signal: stop.signal,
    onProgress: (progress: ImportProgress) => put({ ...of, progress, state: "running" }),
  };
  put({ ...of, progress: begun, state: "running" });
  importSource(source, options)
    .then((status) => put({ ...of, progress: begun, state: "ended", status }))
    .catch((thrown: unknown) => {
      if (stops.get(dataset) !== stop) return;
      const problem = thrown instanceof Error ? thrown : new Error(String(thrown));
      put({ ...of, progress: begun, state: "failed", problem });
    });
};

/** What knows the names of BIDS is loaded when somebody imports something. */
const importSource = async (source: ImportSource, options: ImportOptions): Promise<ImportStatus> => {
  const { importFolder, untilFinal } = await import("./import-folder.ts");
  if ("files" in source) return importFolder(source.files, options);
  const { dataset, signal } = options;
  const body = { dataset, inPlace: source.address };
  const { id } = await retryUnavailable(() => client.call(ingestRoutes.beginImport, { body }), { signal });
  return untilFinal(id, options);
};

/** Stops an import that runs; what was sent stays there for a while. */
export const stopImport = (dataset: string): void => stops.get(dataset)?.abort(new Error("It was stopped."));

/** Forgets an import that is over. */
export const dismissImport = (dataset: string): void => {
  const others = new Map(imports);
  others.delete(dataset);
  imports = others;
  for (const listener of listeners) listener();
};

window.addEventListener("beforeunload", (event) => {
  // The browser asks whether one means to leave, in its own words.
  const isSending = [...imports.values()].some(({ state, source }) => state === "running" && "files" in source);
  if (isSending) event.preventDefault();
});
