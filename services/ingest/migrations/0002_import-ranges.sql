ALTER TABLE "ingest"."imports" ADD COLUMN "strict" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "skipped" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "import_files_path_bytewise" ON "ingest"."import_files" USING btree ("import_id",path collate "C");