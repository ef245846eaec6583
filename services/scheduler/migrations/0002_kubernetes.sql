ALTER TABLE "scheduler"."attempts" ADD COLUMN "job" text;--> statement-breakpoint
ALTER TABLE "scheduler"."attempts" ADD COLUMN "job_index" integer;--> statement-breakpoint
ALTER TABLE "scheduler"."attempts" ADD COLUMN "report" jsonb;--> statement-breakpoint
ALTER TABLE "scheduler"."attempts" ADD COLUMN "waiting" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "attempts_job" ON "scheduler"."attempts" USING btree ("job","job_index") WHERE job is not null;--> statement-breakpoint
CREATE INDEX "attempts_reported" ON "scheduler"."attempts" USING btree ("lease_owner") WHERE state = 'running' and report is not null;--> statement-breakpoint
CREATE INDEX "attempts_waiting" ON "scheduler"."attempts" USING btree ("execution") WHERE state = 'running' and waiting <> '';