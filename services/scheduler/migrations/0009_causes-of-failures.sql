ALTER TABLE "scheduler"."tasks" ADD COLUMN "cause" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."tasks" ADD COLUMN "memory" bigint;--> statement-breakpoint
CREATE INDEX "tasks_failed" ON "scheduler"."tasks" USING btree ("run","cause","id") WHERE outcome = 'failed';--> statement-breakpoint
UPDATE "scheduler"."tasks" SET "cause" = left("reason", 500) WHERE "outcome" = 'failed';
