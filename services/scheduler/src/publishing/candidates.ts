import { publishedName } from "@rollerblade/analysis";
import { newEventId } from "@rollerblade/events";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Publication } from "./claim-publications.ts";
import { type Candidate, identityOf } from "./decide-publishing.ts";

/** Candidates by task. */
export type Candidates = ReadonlyMap<string, readonly Candidate[]>;

/** The outputs of each task with the names that they will have and an object that holds their content. */
export const candidatesOf = async ({ sql }: Scheduler, publications: readonly Publication[]): Promise<Candidates> => {
  const analyses = await findAnalyses(sql, sql, publications);
  const places = await placesOf(sql, publications);
  return new Map(
    publications.map((task) => {
      const analysis = analyses.get(versionKey(task.analysis, task.version));
      const { requested, dataset } = task;
      if (analysis === undefined || requested === null) throw new Error(`Task ${task.id} cannot be published.`);
      const { manifest } = analysis;
      const candidates = manifest.outputs.flatMap((output): Candidate[] => {
        const made = task.outputs.find(({ name }) => name === output.name);
        if (made === undefined) return [];
        const name = publishedName(manifest, output, requested, task.parametersHash);
        const { size, sha256 } = made;
        const from = places.get(placeKey(task.execution, sha256)) ?? "";
        const identity = identityOf({ ...task, output: output.name });
        const place = `${dataset}/${name.path}`;
        return [
          { derivative: newEventId(), output: output.name, name, size, sha256, from, identity, key: task.key, place },
        ];
      });
      return [task.id, candidates];
    }),
  );
};

const placeKey = (execution: string | null, sha256: string): string => `${execution}/${sha256}`;

/**
 * One object of each content: the one that its own execution has staged, which nobody else takes away, else a published or archived
 * one. What another execution has staged may be gone in a moment.
 */
const placesOf = async (
  sql: Scheduler["sql"],
  publications: readonly Publication[],
): Promise<ReadonlyMap<string, string>> => {
  const wanted = publications.flatMap(({ execution, outputs }) => outputs.map(({ sha256 }) => ({ execution, sha256 })));
  const rows = await sql<{ execution: string | null; sha256: string; object: string }[]>`
    select distinct on (wanted.execution, wanted.sha256) wanted.execution, wanted.sha256, location.object
    from unnest(${wanted.map(({ execution }) => execution)}::text[], ${wanted.map(({ sha256 }) => sha256)}::text[])
      as wanted(execution, sha256)
    join scheduler.locations as location on location.sha256 = wanted.sha256
    order by wanted.execution, wanted.sha256, starts_with(location.object, 'staging/' || wanted.execution || '/') desc,
      (location.kind = 'published') desc, (location.kind = 'archived') desc, location.object`;
  return new Map(rows.map(({ execution, sha256, object }) => [placeKey(execution, sha256), object]));
};
