ALTER TABLE "catalog"."derivatives" ADD COLUMN "withdrawn_reason" text;--> statement-breakpoint
ALTER TABLE "catalog"."derivatives" ADD COLUMN "withdrawn_by" text;