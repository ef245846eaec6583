import type { Sql } from "@rollerblade/database";

/** People, datasets and grants of an installation that is large. */
export const sizes = { people: 10_000, datasets: 1_000, grants: 100_000, groups: 500 } as const;

/** Scans of each dataset. */
const scans = 20;

/**
 * Fills the tables: every person is given nine datasets, and is in two groups, one of them within another; every dataset is given to ten
 * groups. Work was done on every dataset.
 */
export const fillRights = async (sql: Sql): Promise<void> => {
  const { people, datasets, grants, groups } = sizes;
  await sql`insert into accounts.users (name) select 'person-' || n from generate_series(1, ${people}::int) n`;
  await sql`
    insert into accounts.resources (kind, name, owner)
    select 'dataset', 'study-' || n, 'person-' || (n * 7 % ${people}::int + 1) from generate_series(1, ${datasets}::int) n`;
  await sql`
    insert into accounts.resources (kind, name, owner)
    select 'analysis', 'analysis-' || n, 'person-' || (n * 11 % ${people}::int + 1) from generate_series(1, 20) n`;
  await sql`
    insert into accounts.grants (kind, resource, grantee, role, granted_by)
    select 'analysis', 'analysis-' || n, 'everyone', 'runner', 'person-1' from generate_series(1, 20) n`;
  await sql`
    insert into accounts.groups (name, owner) select 'group-' || n, 'person-' || (n + 1) from generate_series(0, ${groups - 1}::int) n`;
  await sql`
    insert into accounts.group_members (group_name, member, added_by)
    select distinct 'group-' || ((person * step) % ${groups}::int), 'person-' || person, 'person-1'
    from generate_series(1, ${people}::int) person cross join unnest(array[1, 3]) step`;
  // Of two neighbours the first holds the second.
  await sql`
    insert into accounts.group_members (group_name, member, added_by)
    select 'group-' || n, 'group:group-' || (n + 1), 'person-1' from generate_series(0, ${groups - 2}::int, 2) n`;
  const ofPeople = grants - datasets * 10;
  await sql`
    insert into accounts.grants (kind, resource, grantee, role, granted_by, expires_at)
    select 'dataset', 'study-' || ((person * 13 + nth * 111) % ${datasets}::int + 1), 'person-' || person,
      (array['viewer', 'runner', 'contributor'])[nth % 3 + 1], 'person-1', case when nth = 0 then now() + interval '1 year' end
    from generate_series(1, ${people}::int) person cross join generate_series(0, ${ofPeople / people - 1}::int) nth`;
  await sql`
    insert into accounts.grants (kind, resource, grantee, role, granted_by)
    select 'dataset', 'study-' || study, 'group:group-' || ((study * 17 + nth * 37) % ${groups}::int), 'viewer', 'person-1'
    from generate_series(1, ${datasets}::int) study cross join generate_series(0, 9) nth`;
  await fillData(sql);
  await sql`vacuum analyze`;
};

const fillData = async (sql: Sql): Promise<void> => {
  const { datasets } = sizes;
  await sql`insert into catalog.datasets (name) select 'study-' || n from generate_series(1, ${datasets}::int) n`;
  await sql`
    insert into catalog.scans (dataset, path, subject, session, datatype, suffix, extension, entities, metadata, subject_attributes,
      session_attributes, files, sidecars, size, sha256, facts_hash, images_hash, revision)
    select 'study-' || study, path, subject, '', 'anat', 'T1w', '.nii.gz', '{}', '{"RepetitionTime": 2.3}', '{"age": 41}', '{"age": 41}',
      jsonb_build_array(jsonb_build_object('path', path, 'role', 'image', 'size', 1000, 'sha256', ${none}::text)), '{}', 1000, ${none}::text,
      '', '', 1
    from generate_series(1, ${datasets}::int) study
    cross join lateral (
      select lpad(nth::text, 3, '0') as subject, 'sub-' || lpad(nth::text, 3, '0') || '/anat/sub-' || lpad(nth::text, 3, '0') || '_T1w.nii.gz' as path
      from generate_series(1, ${scans}::int) nth) scan`;
  await sql`
    insert into catalog.files (dataset, path, folder, kind, scan, subject, session, suffix, extension, size, sha256, published_at)
    select dataset, path, 'sub-' || subject || '/anat', 'image', path, subject, '', suffix, extension, size, sha256, now() from catalog.scans`;
  await sql`
    insert into catalog.derivatives (id, dataset, path, analysis, version, parameters_hash, output, key, level, subject, scan, entities, suffix,
      extension, size, sha256, sequence, state, task, datasets, revision)
    select gen_random_uuid(), dataset, 'derivatives/analysis-1-1.0.0/' || path, 'analysis-1', '1.0.0', '', 'mask', '', 'scan', subject, path,
      '{}', 'mask', '.nii.gz', 1000, sha256, 1, 'in-force', '', array[dataset], 1
    from catalog.scans`;
  await sql`
    insert into scheduler.runs (id, analysis, version, parameters, priority, owner, state, datasets)
    select gen_random_uuid(), 'analysis-' || (n % 20 + 1), '1.0.0', '{}', 'interactive', 'person-' || (n % 10000 + 1), 'finished',
      array['study-' || (n % ${datasets}::int + 1)]
    from generate_series(1, 20000) n`;
  await sql`
    insert into scheduler.tasks (id, run, decision, round, decided, sequence, analysis, version, parameters_hash, rank, owner, dataset, slice,
      slice_key, sources, key, state, outcome, traceparent, decided_at, datasets)
    select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 0, 0, 0, 'analysis-1', '1.0.0', '', 0, 'person-1', dataset,
      jsonb_build_object('level', 'scan', 'dataset', dataset, 'subject', subject, 'session', null, 'scan', path), dataset || '/' || path, '{}',
      dataset || path, 'final', 'ran', '', now(), array[dataset]
    from catalog.scans`;
  await sql`
    insert into tagger.documents (name, application, owner, revision) values ('shows', ${noId}, 'admin', 1)`;
  await sql`
    insert into tagger.tags (document, name, position, title, show, analysis, output, datasets)
    values ('shows', 'mask', 0, 'A mask', '{"kind": "image"}', 'analysis-1', 'mask', '{".*"}')`;
  await sql`
    insert into tagger.derivatives (id, dataset, path, level, subject, scan, analysis, version, parameters_hash, output, extension, size, sha256,
      datasets, revision, traceparent, unsettled)
    select id, dataset, path, level, subject, scan, analysis, version, '', output, extension, size, sha256, datasets, 1, '', false
    from catalog.derivatives`;
  await sql`
    insert into tagger.results (id, document, tag, derivative, show, ready, traceparent, tagged_at)
    select gen_random_uuid(), 'shows', 'mask', id, '{"kind": "image"}', true, '', now() from tagger.derivatives`;
};

const none = `sha256:${"0".repeat(64)}`;
const noId = "00000000-0000-7000-8000-000000000000";
