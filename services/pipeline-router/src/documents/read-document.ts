import type { PipelineSummary } from "@rollerblade/client";
import type { Queryable } from "@rollerblade/database";
import { Problem } from "@rollerblade/errors";
import { parseDocument } from "@rollerblade/pipeline";
import { pageOf, type ReadGrants } from "@rollerblade/service-kit";

type Row = {
  readonly name: string;
  readonly application: string;
  readonly owner: string;
  readonly resource: string | null;
  readonly source: string;
  readonly datasets: string[];
  readonly locks: string;
  readonly revision: number;
  readonly origin: string;
  readonly appliedAt: Date;
  readonly refusal: string | null;
};

/** A document in force with its text. @throws Problem `not-found` to whoever may not read it */
export const readDocument = async (
  sql: Queryable,
  name: string,
  grants: ReadGrants,
): Promise<PipelineSummary & { source: string }> => {
  const [row] = await sql<Row[]>`
    select known.*, offered.refusal from pipeline_router.documents known
    left join pipeline_router.offers offered on offered.name = known.name
    where known.name = ${name} and not known.removed`;
  if (row === undefined || !mayRead(row, grants)) throw doesNotExist(name);
  return { ...summaryOf(row), source: row.source };
};

/** By accounts, which knows its owner; a document that has no id there is its owner's who stands beside it. */
const mayRead = ({ name, owner, resource }: Row, grants: ReadGrants): boolean =>
  grants.all || grants.pipelines.includes(name) || (resource === null && owner === grants.name);

/** Documents in force that somebody owns or may read, by name; an administrator sees all. */
export const listDocuments = async (
  sql: Queryable,
  grants: ReadGrants,
  { limit, after }: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ items: PipelineSummary[]; next: string | null }> => {
  const rows = await sql<Row[]>`
    select known.*, offered.refusal from pipeline_router.documents known
    left join pipeline_router.offers offered on offered.name = known.name
    where not known.removed and (
      ${grants.all} or known.name = any(${[...grants.pipelines]}::text[]) or known.resource is null and known.owner = ${grants.name})
      and known.name collate "C" > ${after ?? ""}
    order by known.name collate "C" limit ${limit + 1}`;
  return pageOf(rows.map(summaryOf), limit, ({ name }) => name);
};

/** What a document's row keeps of a rule, as far as people are shown it. */
type StoredLock = Omit<PipelineSummary["rules"][number], "rule" | "accepts"> & {
  readonly accepts?: readonly { readonly version: string }[];
};

const summaryOf = ({ source, locks: text, appliedAt, refusal, ...row }: Row): PipelineSummary => {
  const locks: { rules: Record<string, StoredLock> } = JSON.parse(text);
  const { name, resource, application, owner, datasets, revision, origin } = row;
  return {
    id: resource,
    ...{ name, application, owner, datasets, revision, origin },
    rules: Object.entries(locks.rules).map(([rule, { analysis, version, parameters, accepts = [] }]) => ({
      ...{ rule, analysis, version, parameters },
      accepts: accepts.map((one) => one.version),
    })),
    tags: tagsOf(name, source),
    appliedAt: appliedAt.toISOString(),
    refusal: refusal ?? "",
  };
};

/** Names of its tags; none of a document that cannot be used any more, which its status tells. */
const tagsOf = (name: string, source: string): string[] => {
  try {
    return parseDocument(name, source).tags.map((tag) => tag.name);
  } catch {
    return [];
  }
};

const doesNotExist = (name: string): Problem =>
  new Problem({
    code: "not-found",
    message: `There is no pipeline document ${name}.`,
    subject: name,
    next: "List them with `rollerblade pipeline show`.",
  });
