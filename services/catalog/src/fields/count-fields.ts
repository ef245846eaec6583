import { entityRules } from "@rollerblade/abids";
import { recordset, type Sql, transaction } from "@rollerblade/database";
import { queryFields, reservedWords } from "@rollerblade/query";
import { lockDatasets } from "../datasets/dataset-lock.ts";

type Stale = { readonly dataset: string };
type Counted = {
  readonly name: string;
  readonly type: string;
  readonly count: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly examples: readonly (readonly [string, number])[];
};

/** Counting takes at most this part of the time: a dataset that took 3 s is counted again after a minute at the soonest. */
const share = 0.05;

/** Letters of the longest text that is shown as an example, and how many examples there are. */
const limits = { letters: 80, examples: 10 };

/** What each dataset has changed since it was counted, the longest waiting first. */
const nextStale = async (sql: Sql): Promise<string | undefined> => {
  const [row] = await sql<Stale[]>`
    select dataset from catalog.field_counts
    where counted_at is null or (stale_at > counted_at and counted_at + make_interval(secs => seconds / ${share}::float8) < now())
    order by coalesce(counted_at, '-infinity'), dataset limit 1`;
  return row?.dataset;
};

/** A part of a field's name as it is written in an expression. */
const part = (sql: Sql, column: "key" | "tool") =>
  sql`case when ${sql(column)} ~ '^[A-Za-z_][A-Za-z0-9_]*$' and ${sql(column)} <> all(${[...reservedWords]}::text[]) then '.' || ${sql(column)} else '[' || to_json(${sql(column)})::text || ']' end`;

/** Fields whose values never come from a column, however it is called: `subject.label` is always the label. An age is a column. */
const ownFields = [
  ...Object.keys(queryFields.known).filter((name) => name !== "subject.age" && name !== "session.age"),
  // A group of fields.
  "scan.entities",
];

/** Entities whose values are numbers, with or without zeros before them: `run`, `echo` … */
const indexEntities = entityRules.filter(({ format }) => format === "index").map(({ key }) => key);

const countAll = (sql: Sql, dataset: string): Promise<Counted[]> => {
  const key = part(sql, "key");
  const tool = part(sql, "tool");
  return sql<Counted[]>`
    with people as (
      select 'subject' as part, attributes from (
        select distinct on (subject) subject_attributes as attributes from catalog.scans where dataset = ${dataset}) as s
      union all
      select 'session', attributes from (
        select distinct on (subject, session) session_attributes as attributes from catalog.scans where dataset = ${dataset}) as s
    ), answered as (
      select part, tool, case when jsonb_typeof(answers) = 'object' then answers else '{}' end as answers
      from people, jsonb_each(case when jsonb_typeof(attributes -> 'phenotype') = 'object' then attributes -> 'phenotype' else '{}' end)
        as t(tool, answers)
    ), columns as (
      select part || ${key} as name, value from people, jsonb_each(attributes)
      union all
      select part || '.phenotype' || ${tool} || ${key}, value from answered, jsonb_each(answers)
      union all select 'scan' || ${key}, value from catalog.scans, jsonb_each(coalesce(scan_attributes, '{}')) where dataset = ${dataset}
    ), found as (
      select name, value from columns where name <> all(${ownFields}::text[])
      union all select 'metadata' || ${key}, value from catalog.scans, jsonb_each(metadata) where dataset = ${dataset}
      union all select case key when 'bvalues' then 'dwi.bvalues' else 'image' || ${key} end, value from catalog.scans, jsonb_each(coalesce(image, '{}') - 'events') where dataset = ${dataset}
      union all select 'events' || ${key}, value from catalog.scans, jsonb_each(coalesce(image -> 'events', '{}')) where dataset = ${dataset}
      union all select 'scan.entities' || ${key},
        case when key = any(${indexEntities}::text[]) and (value #>> '{}') ~ '^[0-9]+$' then to_jsonb((value #>> '{}')::float8) else value end
        from catalog.scans, jsonb_each(entities) where dataset = ${dataset}
      union all select 'scan.suffix', to_jsonb(suffix) from catalog.scans where dataset = ${dataset}
      union all select 'scan.datatype', to_jsonb(datatype) from catalog.scans where dataset = ${dataset}
      union all select 'scan.extension', to_jsonb(extension) from catalog.scans where dataset = ${dataset}
      union all select 'file.size', to_jsonb(size) from catalog.scans where dataset = ${dataset}
    ), valued as (
      select name, case jsonb_typeof(value) when 'string' then 'text' when 'array' then 'list' else jsonb_typeof(value) end as type,
        case when jsonb_typeof(value) in ('string', 'boolean') and length(value #>> '{}') <= ${limits.letters} then value #>> '{}' end as text,
        case when jsonb_typeof(value) = 'number' then (value)::float8 end as number
      from found where jsonb_typeof(value) <> 'null' and length(name) <= 220
    ), grouped as (
      select name, type, text, count(*) as count, min(number) as low, max(number) as high,
        row_number() over (partition by name, type order by text is null, count(*) desc, text) as rank
      from valued group by name, type, text
    )
    select name, type, sum(count)::int8 as count, min(low) as low, max(high) as high,
      coalesce(jsonb_agg(jsonb_build_array(text, count) order by rank) filter (where text is not null and rank <= ${limits.examples}), '[]') as examples
    from grouped group by name, type`;
};

const writeCounts = (sql: Sql, dataset: string, began: Date, counted: readonly Counted[]): Promise<void> =>
  transaction(sql, async (tx) => {
    await lockDatasets(tx, [dataset]);
    const [now] = await tx<{ changed: boolean; there: boolean }[]>`
      select coalesce((select stale_at > ${began} from catalog.field_counts where dataset = ${dataset}), false) as changed,
        exists (select from catalog.datasets where name = ${dataset}) as there`;
    if (now?.there !== true) {
      await tx`delete from catalog.fields where dataset = ${dataset}`;
      await tx`delete from catalog.field_counts where dataset = ${dataset}`;
      return;
    }
    await tx`
      insert into catalog.fields (dataset, name, type, count, low, high, examples)
      select ${dataset}, r.* from jsonb_to_recordset(${JSON.stringify(counted)}::text::jsonb)
        as r(name text, type text, count int8, low float8, high float8, examples jsonb)
      on conflict (dataset, name, type) do update set count = excluded.count, low = excluded.low, high = excluded.high,
        examples = excluded.examples`;
    // What came while it was counted is not a leftover.
    if (!now.changed)
      await tx`
        delete from catalog.fields where dataset = ${dataset} and (name, type) not in (
          select * from ${recordset(
            tx,
            { name: "text", type: "text" },
            counted.map(({ name, type }) => ({ name, type })),
          )} as counted)`;
    await tx`
      update catalog.field_counts set counted_at = ${began}, seconds = extract(epoch from clock_timestamp() - ${began}::timestamptz)
      where dataset = ${dataset}`;
  });

/** Counts the fields of datasets that have changed, one after the other. */
export const countFields = async (sql: Sql, signal: AbortSignal): Promise<void> => {
  for (let dataset = await nextStale(sql); dataset !== undefined && !signal.aborted; dataset = await nextStale(sql)) {
    const [clock] = await sql<{ now: Date }[]>`select clock_timestamp() as now`;
    if (clock === undefined) return;
    await writeCounts(sql, dataset, clock.now, await countAll(sql, dataset));
  }
};
