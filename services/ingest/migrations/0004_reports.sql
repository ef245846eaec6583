ALTER TABLE "ingest"."imports" ADD COLUMN "reported" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."report_parts" ADD COLUMN "last" boolean DEFAULT false NOT NULL;