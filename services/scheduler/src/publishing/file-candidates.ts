import { stagingPrefix } from "@rollerblade/abids/bucket-layout";
import { isSharedFile, outputOfMade, publishedNameOf, splitTreeFile } from "@rollerblade/analysis";
import { recordset, type Sql } from "@rollerblade/database";
import { newEventId } from "@rollerblade/events";
import { findAnalyses, versionKey } from "../analyses/known-analyses.ts";
import type { Publication } from "./claim-publications.ts";
import { type FileCandidate, identityOf } from "./decide-publishing.ts";

/** The candidates of each task, by its id. */
export type FileCandidates = ReadonlyMap<string, readonly FileCandidate[]>;

/** Finds for each output of each task the name that it will have and an object that holds its content. */
export const findCandidates = async (sql: Sql, publications: readonly Publication[]): Promise<FileCandidates> => {
  const analyses = await findAnalyses(sql, sql, publications);
  const objects = await findObjects(sql, publications);
  return new Map(
    publications.map((task) => {
      const analysis = analyses.get(versionKey(task.analysis, task.version));
      const { requested, dataset } = task;
      if (analysis === undefined || requested === null) throw new Error(`Task ${task.id} cannot be published.`);
      const { manifest } = analysis;
      const candidates = task.outputs.flatMap((made): FileCandidate[] => {
        const output = outputOfMade(manifest, made.name);
        const name = publishedNameOf(manifest, made.name, requested, task.parametersHash);
        if (output === undefined || name === null) return [];
        const inTree = splitTreeFile(made.name);
        const shared = inTree !== null && isSharedFile(inTree.path, requested.entities);
        return [
          {
            derivative: newEventId(),
            output: output.name,
            name,
            size: made.size,
            sha256: made.sha256,
            ...(made.metadata !== null && { metadata: made.metadata }),
            // Empty when the content is nowhere: copying it then fails, and the task is planned again.
            from: objects.get(contentKey(task.execution, made.sha256)) ?? "",
            identity: identityOf({ ...task, output: output.name, ...(shared && { sliceKey: "" }) }),
            shared,
            sliceKey: task.sliceKey,
            key: task.key,
            place: `${dataset}/${name.path}`,
          },
        ];
      });
      return [task.id, candidates];
    }),
  );
};

const contentKey = (execution: string | null, sha256: string): string => `${execution}/${sha256}`;

/**
 * Finds one object for each content: the one that the task's own execution has staged, which stays until the task is final, else a
 * published or an archived one. What another execution has staged may be removed at any moment, so it comes last.
 */
const findObjects = async (sql: Sql, publications: readonly Publication[]): Promise<ReadonlyMap<string, string>> => {
  const wanted = publications.flatMap(({ execution, outputs }) => outputs.map(({ sha256 }) => ({ execution, sha256 })));
  const rows = await sql<{ execution: string | null; sha256: string; object: string }[]>`
    select distinct on (wanted.execution, wanted.sha256) wanted.execution, wanted.sha256, location.object
    from ${recordset(sql, { execution: "text", sha256: "text" }, wanted)} as wanted
    join scheduler.locations as location on location.sha256 = wanted.sha256
    order by wanted.execution, wanted.sha256, starts_with(location.object, ${stagingPrefix} || wanted.execution || '/') desc,
      (location.kind = 'published') desc, (location.kind = 'archived') desc, location.object`;
  return new Map(rows.map(({ execution, sha256, object }) => [contentKey(execution, sha256), object]));
};
