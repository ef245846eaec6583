ALTER TABLE "pipeline_router"."derivatives" RENAME COLUMN "said_at" TO "published_at";--> statement-breakpoint
ALTER TABLE "pipeline_router"."scans" RENAME COLUMN "said_at" TO "published_at";