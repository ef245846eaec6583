ALTER TABLE "ingest"."datasets" ADD COLUMN "location" text;--> statement-breakpoint
ALTER TABLE "ingest"."files" ADD COLUMN "version" text;--> statement-breakpoint
ALTER TABLE "ingest"."import_files" ADD COLUMN "folder" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."import_files" ADD COLUMN "version" text;--> statement-breakpoint
ALTER TABLE "ingest"."import_files" ADD COLUMN "gone" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "location" text;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "listed" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "listed_to" text;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "complete" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "files_path_bytewise" ON "ingest"."files" USING btree ("dataset",path collate "C");--> statement-breakpoint
CREATE INDEX "import_files_folder" ON "ingest"."import_files" USING btree ("import_id","folder");