ALTER TABLE "ingest"."findings" RENAME COLUMN "mended_by" TO "fixed_by";--> statement-breakpoint
ALTER TABLE "ingest"."findings" RENAME COLUMN "mended_at" TO "fixed_at";--> statement-breakpoint
ALTER INDEX "ingest"."findings_mended" RENAME TO "findings_fixed";