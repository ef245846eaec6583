ALTER TABLE "scheduler"."derivatives" ADD COLUMN "metadata" jsonb;--> statement-breakpoint
ALTER TABLE "scheduler"."outputs" ADD COLUMN "metadata" jsonb;