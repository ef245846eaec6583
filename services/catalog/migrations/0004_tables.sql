CREATE TABLE "catalog"."derived_datasets" (
	"source" text NOT NULL,
	"dataset" text NOT NULL,
	"pipeline" text NOT NULL,
	"version" text NOT NULL,
	CONSTRAINT "derived_datasets_source_dataset_pipeline_pk" PRIMARY KEY("source","dataset","pipeline")
);
--> statement-breakpoint
ALTER TABLE "catalog"."datasets" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "scan_attributes" jsonb;--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "raw_sources" text[];--> statement-breakpoint
ALTER TABLE "catalog"."sessions" ADD COLUMN "phenotype" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "catalog"."subjects" ADD COLUMN "phenotype" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "catalog"."subjects" ADD COLUMN "samples" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "files_dictionaries" ON "catalog"."files" USING btree ("dataset") WHERE kind in ('participants', 'sessions', 'scans', 'samples', 'phenotype') and path like '%.json' and content is not null;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "catalog"."note_scan_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'UPDATE' THEN
		INSERT INTO catalog.scan_changes (dataset, path, subject, at, changes)
			SELECT n.dataset, n.path, n.subject, clock_timestamp(), c.changes
			FROM new_rows n JOIN old_rows o ON o.dataset = n.dataset AND o.path = n.path
			CROSS JOIN LATERAL (
				SELECT jsonb_object_agg(field, jsonb_build_array(before, after)) AS changes FROM (
					SELECT * FROM catalog.changed_keys('metadata', o.metadata, n.metadata) WHERE o.metadata <> n.metadata
					UNION ALL SELECT * FROM catalog.changed_keys('subject', o.subject_attributes, n.subject_attributes)
						WHERE o.subject_attributes <> n.subject_attributes
					UNION ALL SELECT * FROM catalog.changed_keys('session', o.session_attributes, n.session_attributes)
						WHERE o.session_attributes <> n.session_attributes
					UNION ALL SELECT * FROM catalog.changed_keys('scan', o.scan_attributes, n.scan_attributes)
						WHERE o.scan_attributes IS DISTINCT FROM n.scan_attributes
					UNION ALL SELECT * FROM catalog.changed_keys('image', o.image, n.image) WHERE o.image IS DISTINCT FROM n.image
					UNION ALL SELECT 'file.sha256', to_jsonb(o.sha256), to_jsonb(n.sha256) WHERE o.sha256 IS DISTINCT FROM n.sha256
				) AS k
			) AS c
			WHERE n.facts_hash <> o.facts_hash AND c.changes IS NOT NULL;
	END IF;
	IF TG_OP = 'DELETE' THEN
		INSERT INTO catalog.field_counts (dataset, stale_at) SELECT dataset, clock_timestamp() FROM old_rows GROUP BY dataset ORDER BY dataset
			ON CONFLICT (dataset) DO UPDATE SET stale_at = excluded.stale_at;
	ELSE
		INSERT INTO catalog.field_counts (dataset, stale_at) SELECT dataset, clock_timestamp() FROM new_rows GROUP BY dataset ORDER BY dataset
			ON CONFLICT (dataset) DO UPDATE SET stale_at = excluded.stale_at;
	END IF;
	RETURN NULL;
END $$;
