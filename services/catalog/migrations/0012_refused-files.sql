CREATE TABLE "catalog"."refused_files" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"event" text NOT NULL,
	"sha256" text NOT NULL,
	"reason" text NOT NULL,
	"said_at" timestamp with time zone NOT NULL,
	CONSTRAINT "refused_files_dataset_path_event_pk" PRIMARY KEY("dataset","path","event")
);
--> statement-breakpoint
DROP VIEW "catalog"."findings_v1";--> statement-breakpoint
CREATE VIEW "catalog"."refused_files_v1" AS (
    select refused.dataset, refused.path, refused.sha256, max(refused.said_at) as said_at
    from catalog.refused_files refused
    where not exists (
      select from catalog.files file
      where file.dataset = refused.dataset and file.path = refused.path and file.said_at >= refused.said_at)
    group by 1, 2, 3);--> statement-breakpoint
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
      select batch.dataset, 'error', 'event-refused', refusal.path, refusal.reason, min(refusal.said_at)
      from catalog.batches batch join catalog.batch_refusals refusal on refusal.batch = batch.id
      where refusal.reason <> '' and not exists (
          select from catalog.files file
          where file.dataset = batch.dataset and file.path = refusal.path and file.said_at >= refusal.said_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = batch.dataset and removal.path = refusal.path and removal.said_at >= refusal.said_at)
      group by 1, 2, 3, 4, 5
      union all
      select refused.dataset, 'error', 'event-refused', min(refused.path), refused.reason, min(refused.said_at)
      from catalog.refused_files refused
      where not exists (select from catalog.batch_refusals refusal where refusal.event = refused.event)
        and not exists (
          select from catalog.files file
          where file.dataset = refused.dataset and file.path = refused.path and file.said_at >= refused.said_at)
        and not exists (
          select from catalog.removals removal
          where removal.dataset = refused.dataset and removal.path = refused.path and removal.said_at >= refused.said_at)
      group by refused.dataset, refused.event, refused.reason
    ) as found);