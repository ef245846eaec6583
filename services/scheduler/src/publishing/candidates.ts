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
        const from = places.get(sha256) ?? "";
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

/** One object of each content, a staged one where there is one: nobody else takes that away. */
const placesOf = async (
  sql: Scheduler["sql"],
  publications: readonly Publication[],
): Promise<ReadonlyMap<string, string>> => {
  const hashes = [...new Set(publications.flatMap(({ outputs }) => outputs.map(({ sha256 }) => sha256)))];
  const rows = await sql<{ sha256: string; object: string }[]>`
    select distinct on (sha256) sha256, object from scheduler.locations
    where sha256 = any(${hashes}::text[])
    order by sha256, (kind = 'staged') desc, (kind = 'published') desc, object`;
  return new Map(rows.map(({ sha256, object }) => [sha256, object]));
};
