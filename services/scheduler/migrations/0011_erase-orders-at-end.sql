ALTER TABLE "scheduler"."executions" ADD COLUMN "erased_at_end" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "erased_at_end" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX "executions_erased_at_end" ON "scheduler"."executions" USING btree ("id") WHERE erased_at_end;--> statement-breakpoint
CREATE INDEX "runs_erased_at_end" ON "scheduler"."runs" USING btree ("id") WHERE erased_at_end <> '{}';