ALTER TABLE "catalog"."files" ADD COLUMN "image" jsonb;--> statement-breakpoint
ALTER TABLE "catalog"."scans" ADD COLUMN "image" jsonb;