ALTER TABLE "scheduler"."runs" ADD COLUMN "audited_datasets" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "limited_token" uuid;--> statement-breakpoint
-- What ran before is not told as if it had just begun.
UPDATE "scheduler"."runs" SET audited_datasets = datasets;--> statement-breakpoint
CREATE INDEX "runs_unaudited" ON "scheduler"."runs" USING btree ("id") WHERE not datasets <@ audited_datasets;