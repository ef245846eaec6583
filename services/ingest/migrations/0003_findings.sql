CREATE TABLE "ingest"."findings" (
	"dataset" text NOT NULL,
	"fingerprint" text NOT NULL,
	"severity" text NOT NULL,
	"rule" text NOT NULL,
	"file" text NOT NULL,
	"message" text NOT NULL,
	"advice" text NOT NULL,
	"section" text NOT NULL,
	"found_by" uuid NOT NULL,
	"found_at" timestamp with time zone NOT NULL,
	"mended_by" uuid,
	"mended_at" timestamp with time zone,
	CONSTRAINT "findings_dataset_fingerprint_found_by_pk" PRIMARY KEY("dataset","fingerprint","found_by")
);
--> statement-breakpoint
CREATE TABLE "ingest"."report_parts" (
	"import_id" uuid NOT NULL,
	"part" integer NOT NULL,
	"findings" jsonb NOT NULL,
	CONSTRAINT "report_parts_import_id_part_pk" PRIMARY KEY("import_id","part")
);
--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "judged" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "findings_open" ON "ingest"."findings" USING btree ("dataset","fingerprint") WHERE mended_by is null;--> statement-breakpoint
CREATE INDEX "findings_found" ON "ingest"."findings" USING btree ("found_by");--> statement-breakpoint
CREATE INDEX "findings_mended" ON "ingest"."findings" USING btree ("mended_by");--> statement-breakpoint
CREATE INDEX "imports_unjudged" ON "ingest"."imports" USING btree ("dataset") WHERE state = 'committed' and not judged;