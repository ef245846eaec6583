ALTER TABLE "catalog"."batch_refusals" ADD COLUMN "path" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "catalog"."batch_refusals" ADD COLUMN "said_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
UPDATE "catalog"."batch_refusals" r SET "said_at" = b.created_at FROM "catalog"."batches" b WHERE b.id = r.batch;--> statement-breakpoint
UPDATE "catalog"."scans" SET "findings" = (
	SELECT jsonb_agg(f || jsonb_build_object('rule',
		CASE WHEN starts_with(f ->> 'message', 'inherits from') THEN 'several-sidecars' ELSE 'not-searchable' END) ORDER BY nth)
	FROM jsonb_array_elements("findings") WITH ORDINALITY AS one(f, nth)) WHERE "findings" <> '[]';--> statement-breakpoint
CREATE INDEX "batches_dataset" ON "catalog"."batches" USING btree ("dataset");--> statement-breakpoint
CREATE INDEX "scans_findings" ON "catalog"."scans" USING btree ("dataset") WHERE findings <> '[]';--> statement-breakpoint
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
    ) as found);