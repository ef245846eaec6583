import {
  catalogRoutes,
  type HttpClient,
  readAll,
  routerRoutes,
  type SearchHit,
  schedulerRoutes,
} from "@rollerblade/client";
import type { ServiceName } from "@rollerblade/service-kit";

/** What is looked for. */
export type SearchText = { readonly text: string; readonly limit: number };

/** Asks one service in the name of whoever searches. */
type Ask = (service: ServiceName) => Pick<HttpClient, "call">;

/** Looks for one kind of thing. Whoever asks sees what its own routes list, and nothing else. */
export type Search = (ask: Ask, search: SearchText) => Promise<SearchHit[]>;

/** Items of a page of a list that is searched as a whole: names that one person may see. */
const namesPerPage = 1_000;

const hasText = (text: string, ...places: readonly string[]): boolean =>
  places.some((place) => place.toLowerCase().includes(text.toLowerCase()));

/** A text as CEL writes it: its strings have the escapes of JSON. */
const quoted = (text: string): string => JSON.stringify(text);

/** Beginnings that come first: whoever writes `mask` means `mask` before `unmask`. */
const ranked = (text: string, hits: SearchHit[], limit: number): SearchHit[] => {
  const rank = ({ title }: SearchHit): number => Number(!title.toLowerCase().startsWith(text.toLowerCase()));
  return hits.toSorted((a, b) => rank(a) - rank(b)).slice(0, limit);
};

const datasets: Search = async (ask, { text, limit }) => {
  const items = await readAll((after) =>
    ask("catalog").call(catalogRoutes.listDatasets, { query: { limit: namesPerPage, after } }),
  );
  const hits = items.flatMap(({ name, description, subjects, scans }): SearchHit[] => {
    const title = typeof description.Name === "string" ? description.Name : "";
    if (!hasText(text, name, title)) return [];
    return [{ kind: "dataset", title: name, detail: `${subjects} subjects, ${scans} scans`, dataset: null, id: name }];
  });
  return ranked(text, hits, limit);
};

const subjects: Search = async (ask, { text, limit }) => {
  const expression = `subject.label.contains(${quoted(text.replace(/^sub-/, ""))})`;
  const { items } = await ask("catalog").call(catalogRoutes.runQuery, {
    body: { expression, level: "subject", limit },
  });
  return items.flatMap(({ slice: { dataset, subject } }): SearchHit[] =>
    subject === null ? [] : [{ kind: "subject", title: `sub-${subject}`, detail: dataset, dataset, id: subject }],
  );
};

const scans: Search = async (ask, { text, limit }) => {
  const expression = `scan.path.contains(${quoted(text)})`;
  const { items } = await ask("catalog").call(catalogRoutes.runQuery, { body: { expression, level: "scan", limit } });
  return items.flatMap(({ slice: { dataset, scan } }): SearchHit[] =>
    scan === null
      ? []
      : [{ kind: "scan", title: scan.slice(scan.lastIndexOf("/") + 1), detail: dataset, dataset, id: scan }],
  );
};

const analyses: Search = async (ask, { text, limit }) => {
  const items = await readAll((after) =>
    ask("scheduler").call(schedulerRoutes.listAnalyses, { query: { limit: namesPerPage, after } }),
  );
  // The highest version of a name comes first.
  const highest = new Map(items.toReversed().map((version) => [version.name, version]));
  const hits = [...highest.values()]
    .filter(({ name, description }) => hasText(text, name, description))
    .map(({ name, version, description }): SearchHit => {
      const detail = description === "" ? version : `${version}: ${description}`;
      return { kind: "analysis", title: name, detail, dataset: null, id: name };
    });
  return ranked(text, hits, limit);
};

const runs: Search = async (ask, { text, limit }) => {
  const list = async (query: { readonly prefix: string } | { readonly analysis: string }) =>
    (await ask("scheduler").call(schedulerRoutes.listRuns, { query: { ...query, limit } })).items;
  const prefix = text.toLowerCase();
  const [byId, byAnalysis] = await Promise.all([
    /^[0-9a-f-]{4,36}$/.test(prefix) ? list({ prefix }) : [],
    list({ analysis: text }),
  ]);
  const found = new Map([...byId, ...byAnalysis].map((run) => [run.id, run]));
  return [...found.values()].slice(0, limit).map(({ id, analysis, version, state, createdAt }): SearchHit => {
    const detail = `${state}, ${createdAt.slice(0, 10)}, ${id.slice(0, 13)}`;
    return { kind: "run", title: `${analysis} ${version}`, detail, dataset: null, id };
  });
};

const pipelines: Search = async (ask, { text, limit }) => {
  const items = await readAll((after) =>
    ask("pipeline-router").call(routerRoutes.listPipelines, { query: { limit: namesPerPage, after } }),
  );
  const hits = items
    .filter(({ name }) => hasText(text, name))
    .map(({ name, datasets: on }): SearchHit => {
      return { kind: "pipeline", title: name, detail: `for ${on.join(", ")}`, dataset: null, id: name };
    });
  return ranked(text, hits, limit);
};

/** How each kind of thing is looked for, in the order in which they are answered. */
export const searches: readonly (readonly [kind: SearchHit["kind"], search: Search])[] = [
  ["dataset", datasets],
  ["subject", subjects],
  ["scan", scans],
  ["analysis", analyses],
  ["run", runs],
  ["pipeline", pipelines],
];
