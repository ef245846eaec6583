import {
  accountsRoutes,
  catalogRoutes,
  type HttpClient,
  routerRoutes,
  schedulerRoutes,
  taggerRoutes,
} from "@rollerblade/client";
import { Problem } from "@rollerblade/errors";
import type { ServiceName } from "@rollerblade/service-kit";
import { type AccessModel, kinds } from "./access-model.ts";
import { scansOf } from "./history-rows.ts";
import { names } from "./history-steps.ts";

/** Who looks, where one dataset has to be chosen at which, and what there is. */
export type Look = {
  readonly model: AccessModel;
  readonly person: string;
  readonly dataset: string;
  readonly clientOf: (service: ServiceName) => HttpClient;
};

/** One way to learn something: what the services answer, and what they should by the model. Both are lists in order. */
export type Way = {
  readonly shown: (look: Look) => Promise<readonly string[]>;
  readonly expected: (look: Look) => readonly string[];
  /** Whether an event has to be handled first; everything else counts from the next request on. @default false */
  readonly later?: boolean;
  /** Whether it is refused through a token that is limited to resources. @default false */
  readonly wholeAccount?: boolean;
};

const query = { limit: 1_000 };

/** Every list, search and count, by what it is called in a difference. */
export const ways: Readonly<Record<string, Way>> = {
  resources: {
    shown: async ({ clientOf }) =>
      (await clientOf("accounts").call(accountsRoutes.listResources, { query })).items
        .map(({ kind, name, role, owner }) => `${kind}/${name} ${role} ${owner}`)
        .toSorted(),
    expected: ({ model, person }) =>
      kinds
        .flatMap((kind) => model.readable(person, kind).map((name) => `${kind}/${name}`))
        .map((key) => `${key} ${model.roleOf(person, key)} ${model.things.get(key)?.owner}`)
        .toSorted(),
  },
  transfers: {
    wholeAccount: true,
    shown: async ({ clientOf }) =>
      (await clientOf("accounts").call(accountsRoutes.listTransfers, { query })).items.map(
        ({ kind, name, offeredTo }) => `${kind}/${name} ${offeredTo}`,
      ),
    expected: ({ model, person }) =>
      [...model.offers]
        .filter(([, { by, to }]) => by === person || to === person)
        .map(([key, { to }]) => `${key} ${to}`)
        .toSorted(),
  },
  groups: {
    wholeAccount: true,
    shown: async ({ clientOf }) =>
      (await clientOf("accounts").call(accountsRoutes.listGroups, { query })).items.map(({ name }) => name),
    expected: ({ model, person }) => model.groupsOf(person),
  },
  runs: {
    shown: async ({ clientOf }) => idsOf(await clientOf("scheduler").call(schedulerRoutes.listRuns, { query })),
    expected: ({ model, person }) => model.sees(person, "run"),
  },
  tasks: {
    shown: async ({ clientOf }) => idsOf(await clientOf("scheduler").call(schedulerRoutes.listTasks, { query })),
    expected: ({ model, person }) => model.sees(person, "task"),
  },
  executions: {
    shown: async ({ clientOf, model }) => {
      const all = model.happened.filter(({ what }) => what === "execution");
      const asked = all.map(({ id }) =>
        foundOrNull(clientOf("scheduler").call(schedulerRoutes.showExecution, { params: { id } })),
      );
      return (await Promise.all(asked)).flatMap((found) => found?.id ?? []).toSorted();
    },
    expected: ({ model, person }) => model.sees(person, "execution"),
  },
  decisions: {
    // Those that ended, too: a document that is in force again under its new owner ends what its rules do not call for.
    shown: async ({ clientOf }) => {
      const all = { ...query, inForce: "false" };
      return idsOf(await clientOf("pipeline-router").call(routerRoutes.listDecisions, { query: all }));
    },
    expected: ({ model, person }) => model.sees(person, "decision"),
  },
  documents: {
    // Who may read one counts at once; who is named as its owner follows.
    later: true,
    shown: async ({ clientOf }) =>
      ownedOf(await clientOf("pipeline-router").call(routerRoutes.listPipelines, { query })),
    expected: ({ model, person }) => withOwners(model, person, "pipeline"),
  },
  "saved queries": {
    shown: async ({ clientOf }) => ownedOf(await clientOf("catalog").call(catalogRoutes.listSavedQueries, { query })),
    expected: ({ model, person }) => withOwners(model, person, "query"),
  },
  datasets: {
    shown: async ({ clientOf }) =>
      (await clientOf("catalog").call(catalogRoutes.listDatasets, { query })).items.map(({ name }) => name),
    expected: ({ model, person }) => model.readable(person, "dataset"),
  },
  scans: {
    shown: async ({ clientOf }) => placesOf(await clientOf("catalog").call(catalogRoutes.listScans, { query })),
    expected: ({ model, person }) => scansOf(model.readable(person, "dataset")),
  },
  files: {
    shown: async ({ clientOf }) => placesOf(await clientOf("catalog").call(catalogRoutes.listFiles, { query })),
    expected: ({ model, person }) => scansOf(model.readable(person, "dataset")),
  },
  derivatives: {
    shown: async ({ clientOf }) => idsOf(await clientOf("catalog").call(catalogRoutes.listDerivatives, { query })),
    expected: ({ model, person }) => model.sees(person, "derivative"),
  },
  "a query and its count": {
    shown: async ({ clientOf }) => {
      const body = { expression: "true", count: true, ...query };
      const { items, total } = await clientOf("catalog").call(catalogRoutes.runQuery, { body });
      return [...items.map(({ slice }) => `${slice.dataset}/${slice.scan}`), `${total}`];
    },
    expected: ({ model, person }) => {
      const scans = scansOf(model.readable(person, "dataset"));
      return [...scans, `${scans.length}`];
    },
  },
  "slices with their derivatives": {
    shown: async ({ clientOf }) => {
      const body = { expression: "true", limit: 500 };
      const { items } = await clientOf("catalog").call(catalogRoutes.querySlices, { body });
      const used = new Set(items.flatMap(({ derivatives }) => derivatives.map(({ id }) => id)));
      return [...items.map(({ slice }) => `${slice.dataset}/${slice.scan}`), ...[...used].toSorted()];
    },
    expected: ({ model, person }) => [
      ...scansOf(model.readable(person, "dataset")),
      ...model.sees(person, "derivative"),
    ],
  },
  tags: {
    later: true,
    shown: async ({ clientOf, dataset }) => {
      const found = await foundOrNull(clientOf("tagger").call(taggerRoutes.listTags, { query: { dataset } }));
      return found?.items.map(({ document }) => document) ?? ["no such dataset"];
    },
    expected: ({ model, person, dataset }) =>
      model.may(person, `dataset/${dataset}`, "viewer")
        ? model.through(null, () => taggedBy(model, dataset))
        : ["no such dataset"],
  },
};

/** Documents whose owners may contribute to a dataset now. */
const taggedBy = (model: AccessModel, dataset: string): string[] =>
  names
    .filter((name) => {
      const owner = model.things.get(`pipeline/${name}`)?.owner;
      return owner !== undefined && !model.disabled.has(owner) && model.may(owner, `dataset/${dataset}`, "contributor");
    })
    .toSorted();

const withOwners = (model: AccessModel, person: string, kind: "pipeline" | "query"): string[] =>
  model.readable(person, kind).map((name) => `${name} ${model.things.get(`${kind}/${name}`)?.owner}`);

/** What was found; null where the answer is that there is no such thing. */
const foundOrNull = <T>(asked: Promise<T>): Promise<T | null> =>
  asked.catch((error: unknown) => {
    if (error instanceof Problem && error.code === "not-found") return null;
    throw error;
  });

type Page<Item> = { readonly items: readonly Item[] };

const idsOf = ({ items }: Page<{ readonly id: string }>): string[] => items.map(({ id }) => id).toSorted();

const ownedOf = ({ items }: Page<{ readonly name: string; readonly owner: string }>): string[] =>
  items.map(({ name, owner }) => `${name} ${owner}`);

const placesOf = ({ items }: Page<{ readonly dataset: string; readonly path: string }>): string[] =>
  items.map(({ dataset, path }) => `${dataset}/${path}`);
