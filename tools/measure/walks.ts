import { isTesting } from "./arrows.ts";
import type { SourceGraph } from "./source-graph.ts";

/**
 * A way through the system, by the modules at which a reader enters each service on it. They are found by the route that a module
 * implements or the event that it handles, since these names outlive files: each pattern has to be in one module at least.
 */
type Walk = { readonly name: string; readonly enters: readonly { readonly service: string; readonly text: RegExp }[] };

/** A key of an object of handlers: `"scan.uploaded": …`. */
const handles = (topic: string): RegExp => new RegExp(`"${topic.replace(".", "\\.")}"(?::|\\)|,\\s*\\()`);

const walks: readonly Walk[] = [
  {
    name: "upload -> tag",
    enters: [
      { service: "ingest", text: /ingestRoutes\.upload\b/ },
      { service: "catalog", text: handles("scan.uploaded") },
      { service: "pipeline-router", text: handles("scan.indexed") },
      { service: "tagger", text: handles("derivative.indexed") },
    ],
  },
  {
    name: "run -> Pod",
    enters: [
      { service: "scheduler", text: /schedulerRoutes\.createRun\b/ },
      { service: "", text: /export const createKubernetesExecutor\b/ },
    ],
  },
  { name: "query -> rows", enters: [{ service: "catalog", text: /catalogRoutes\.runQuery\b/ }] },
];

/** How many modules and lines a walk enters: the modules at which it begins and all that these import, not counting erased imports. */
export type WalkFigures = {
  readonly name: string;
  readonly files: number;
  readonly lines: number;
  readonly missing: number;
};

/** Follows each walk through the imports of a checkout. */
export const measureWalks = (graph: SourceGraph): readonly WalkFigures[] =>
  walks.map(({ name, enters }) => {
    const starts = enters.map(({ service, text }) =>
      [...graph.modules.values()]
        .filter(
          ({ file, source }) => file.startsWith(service === "" ? "" : `services/${service}/src/`) && text.test(source),
        )
        .map(({ file }) => file)
        .filter((file) => !isTesting(file)),
    );
    const entered = reach(graph, starts.flat());
    const lines = [...entered].reduce(
      (sum, file) => sum + (graph.modules.get(file)?.source.split("\n").length ?? 0),
      0,
    );
    return { name, files: entered.size, lines, missing: starts.filter((found) => found.length === 0).length };
  });

const reach = (graph: SourceGraph, starts: readonly string[]): ReadonlySet<string> => {
  const entered = new Set<string>();
  const queue = [...starts];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (entered.has(file) || file.includes("/generated/")) continue;
    entered.add(file);
    for (const { to, typesOnly } of graph.modules.get(file)?.arrows ?? []) if (!typesOnly) queue.push(to);
  }
  return entered;
};
