DROP VIEW "catalog"."findings_v1";--> statement-breakpoint
ALTER TABLE "catalog"."files" ADD COLUMN "findings" jsonb;--> statement-breakpoint
CREATE INDEX "files_findings" ON "catalog"."files" USING btree ("dataset") WHERE findings is not null;--> statement-breakpoint
CREATE VIEW "catalog"."findings_v1" AS (
    select found.*,
      encode(sha256(convert_to(jsonb_build_array(found.rule, found.file, found.message)::text, 'UTF8')), 'hex') as fingerprint
    from (
      select scan.dataset, 'warning' as severity, finding ->> 'rule' as rule, finding ->> 'where' as file,
        finding ->> 'message' as message, min(scan.indexed_at) as found_at
      from catalog.scans scan cross join lateral jsonb_array_elements(scan.findings) as finding
      where scan.findings <> '[]'
      group by 1, 2, 3, 4, 5
      union all
      select distinct on (file.dataset, file.path, finding) file.dataset, finding ->> 'severity', finding ->> 'rule', file.path,
        finding ->> 'message', file.published_at
      from catalog.files file cross join lateral jsonb_array_elements(file.findings) as finding
      where file.findings is not null
      union all
      select batch.dataset, 'error', 'event-refused', refusal.path, refusal.reason, min(refusal.published_at)
      from catalog.batches batch join catalog.batch_refusals refusal on refusal.batch = batch.id
      where refusal.reason <> '' and not exists (
          select from catalog.files file
          where file.dataset = batch.dataset and file.path = refusal.path and file.published_at >= refusal.published_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = batch.dataset and removal.path = refusal.path and removal.published_at >= refusal.published_at)
      group by 1, 2, 3, 4, 5
      union all
      select refused.dataset, 'error', 'event-refused', min(refused.path), refused.reason, min(refused.published_at)
      from catalog.refused_files refused
      where not exists (select from catalog.batch_refusals refusal where refusal.event = refused.event)
        and not exists (
          select from catalog.files file
          where file.dataset = refused.dataset and file.path = refused.path and file.published_at >= refused.published_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = refused.dataset and removal.path = refused.path and removal.published_at >= refused.published_at)
      group by refused.dataset, refused.event, refused.reason
    ) as found);