DROP INDEX "catalog"."scans_session";--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "subject_age" double precision GENERATED ALWAYS AS (case when jsonb_typeof(subject_attributes -> 'age') = 'number' then (subject_attributes -> 'age')::float8 end) STORED;--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "session_age" double precision GENERATED ALWAYS AS (case when jsonb_typeof(session_attributes -> 'age') = 'number' then (session_attributes -> 'age')::float8 end) STORED;--> statement-breakpoint
CREATE INDEX "derivatives_scan" ON "catalog"."derivatives" USING btree ("dataset","scan","analysis") WHERE state = 'in-force';--> statement-breakpoint
CREATE INDEX "scans_session_suffix" ON "catalog"."scans" USING btree ("dataset","subject","session","suffix");--> statement-breakpoint
CREATE INDEX "scans_subject_age" ON "catalog"."scans" USING btree ("dataset","subject_age");--> statement-breakpoint
CREATE INDEX "scans_session_age" ON "catalog"."scans" USING btree ("dataset","session_age");--> statement-breakpoint
CREATE INDEX "scans_metadata" ON "catalog"."scans" USING gin (metadata jsonb_path_ops);--> statement-breakpoint
CREATE INDEX "scans_entities" ON "catalog"."scans" USING gin (entities jsonb_path_ops);