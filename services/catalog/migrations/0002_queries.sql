CREATE TABLE "catalog"."dataset_ages" (
	"dataset" text NOT NULL,
	"age" integer NOT NULL,
	"subjects" integer NOT NULL,
	CONSTRAINT "dataset_ages_dataset_age_pk" PRIMARY KEY("dataset","age")
);
--> statement-breakpoint
CREATE TABLE "catalog"."field_counts" (
	"dataset" text PRIMARY KEY NOT NULL,
	"stale_at" timestamp with time zone DEFAULT now() NOT NULL,
	"counted_at" timestamp with time zone,
	"seconds" double precision DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."pin_datasets" (
	"pin" uuid NOT NULL,
	"dataset" text NOT NULL,
	"slices" bigint DEFAULT 0 NOT NULL,
	"scans" bigint DEFAULT 0 NOT NULL,
	"files" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "pin_datasets_pin_dataset_pk" PRIMARY KEY("pin","dataset")
);
--> statement-breakpoint
CREATE TABLE "catalog"."pinned_derivatives" (
	"pin" uuid NOT NULL,
	"derivative" uuid NOT NULL,
	CONSTRAINT "pinned_derivatives_pin_derivative_pk" PRIMARY KEY("pin","derivative")
);
--> statement-breakpoint
CREATE TABLE "catalog"."pinned_facts" (
	"facts_hash" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"subject" text NOT NULL,
	"facts" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."pinned_scans" (
	"pin" uuid NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"subject" text NOT NULL,
	"session" text NOT NULL,
	"facts_hash" text NOT NULL,
	"matched" boolean NOT NULL,
	CONSTRAINT "pinned_scans_pin_dataset_path_pk" PRIMARY KEY("pin","dataset","path")
);
--> statement-breakpoint
CREATE TABLE "catalog"."query_pins" (
	"id" uuid PRIMARY KEY NOT NULL,
	"query" text NOT NULL,
	"pin" text NOT NULL,
	"expression" text NOT NULL,
	"level" text NOT NULL,
	"pinned_by" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."scan_changes" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"subject" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"changes" jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "catalog"."fields" ADD COLUMN "count" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "catalog"."fields" ADD COLUMN "low" double precision;--> statement-breakpoint
ALTER TABLE "catalog"."fields" ADD COLUMN "high" double precision;--> statement-breakpoint
ALTER TABLE "catalog"."fields" ADD COLUMN "examples" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "created_at" timestamp with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "pinned_facts_subject" ON "catalog"."pinned_facts" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "pinned_scans_slice" ON "catalog"."pinned_scans" USING btree ("pin","dataset","subject","session");--> statement-breakpoint
CREATE INDEX "pinned_scans_facts" ON "catalog"."pinned_scans" USING btree ("facts_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "query_pins_name" ON "catalog"."query_pins" USING btree ("query","pin");--> statement-breakpoint
CREATE INDEX "scan_changes_scan" ON "catalog"."scan_changes" USING btree ("dataset","path","at");--> statement-breakpoint
CREATE INDEX "fields_name" ON "catalog"."fields" USING btree ("name");--> statement-breakpoint
UPDATE "catalog"."saved_queries" q SET name = left(q.owner || '-' || q.name, 63)
	WHERE EXISTS (SELECT FROM "catalog"."saved_queries" o WHERE o.name = q.name AND o.owner < q.owner);--> statement-breakpoint
CREATE UNIQUE INDEX "saved_queries_name" ON "catalog"."saved_queries" USING btree ("name");
--> statement-breakpoint
CREATE FUNCTION "catalog"."age_of"(attributes jsonb) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE
	RETURN CASE WHEN jsonb_typeof(attributes -> 'age') = 'number' AND (attributes -> 'age')::numeric BETWEEN 0 AND 200
		THEN floor((attributes -> 'age')::numeric)::integer ELSE -1 END;
--> statement-breakpoint
CREATE FUNCTION "catalog"."count_ages"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF TG_OP = 'INSERT' THEN
		INSERT INTO catalog.dataset_ages AS a (dataset, age, subjects)
			SELECT dataset, catalog.age_of(attributes), count(*) FROM new_rows WHERE scans > 0 GROUP BY 1, 2 ORDER BY 1, 2
			ON CONFLICT (dataset, age) DO UPDATE SET subjects = a.subjects + excluded.subjects;
	ELSIF TG_OP = 'DELETE' THEN
		INSERT INTO catalog.dataset_ages AS a (dataset, age, subjects)
			SELECT dataset, catalog.age_of(attributes), -count(*) FROM old_rows WHERE scans > 0 GROUP BY 1, 2 ORDER BY 1, 2
			ON CONFLICT (dataset, age) DO UPDATE SET subjects = a.subjects + excluded.subjects;
	ELSE
		INSERT INTO catalog.dataset_ages AS a (dataset, age, subjects)
			SELECT dataset, age, sum(change) FROM (
				SELECT dataset, catalog.age_of(attributes) AS age, 1 AS change FROM new_rows WHERE scans > 0
				UNION ALL
				SELECT dataset, catalog.age_of(attributes), -1 FROM old_rows WHERE scans > 0
			) AS changes GROUP BY 1, 2 HAVING sum(change) <> 0 ORDER BY 1, 2
			ON CONFLICT (dataset, age) DO UPDATE SET subjects = a.subjects + excluded.subjects;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
CREATE TRIGGER "subjects_inserted" AFTER INSERT ON "catalog"."subjects" REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."count_ages"();--> statement-breakpoint
CREATE TRIGGER "subjects_updated" AFTER UPDATE ON "catalog"."subjects" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."count_ages"();--> statement-breakpoint
CREATE TRIGGER "subjects_deleted" AFTER DELETE ON "catalog"."subjects" REFERENCING OLD TABLE AS old_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."count_ages"();
--> statement-breakpoint
INSERT INTO "catalog"."dataset_ages" (dataset, age, subjects)
	SELECT dataset, catalog.age_of(attributes), count(*) FROM catalog.subjects WHERE scans > 0 GROUP BY 1, 2;
--> statement-breakpoint
CREATE FUNCTION "catalog"."changed_keys"(name text, was jsonb, now jsonb) RETURNS TABLE (field text, before jsonb, after jsonb)
	LANGUAGE sql IMMUTABLE AS $$
	SELECT name || '.' || key, a.value, b.value
	FROM jsonb_each(coalesce(was, '{}')) AS a FULL JOIN jsonb_each(coalesce(now, '{}')) AS b USING (key)
	WHERE a.value IS DISTINCT FROM b.value
$$;
--> statement-breakpoint
CREATE FUNCTION "catalog"."note_scan_changes"() RETURNS trigger LANGUAGE plpgsql AS $$
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
--> statement-breakpoint
CREATE TRIGGER "scans_inserted" AFTER INSERT ON "catalog"."scans" REFERENCING NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."note_scan_changes"();--> statement-breakpoint
CREATE TRIGGER "scans_updated" AFTER UPDATE ON "catalog"."scans" REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."note_scan_changes"();--> statement-breakpoint
CREATE TRIGGER "scans_deleted" AFTER DELETE ON "catalog"."scans" REFERENCING OLD TABLE AS old_rows
	FOR EACH STATEMENT EXECUTE FUNCTION "catalog"."note_scan_changes"();
--> statement-breakpoint
INSERT INTO "catalog"."field_counts" (dataset) SELECT DISTINCT dataset FROM catalog.scans;
