DROP INDEX "ingest"."imports_open";--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "force" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "ingest"."imports" ADD COLUMN "dry_run" boolean DEFAULT false NOT NULL;--> statement-breakpoint
UPDATE "ingest"."imports" SET "mode" = 'upload' WHERE "mode" = 'add';--> statement-breakpoint
UPDATE "ingest"."files" SET "origin" = CASE "origin" WHEN 'add' THEN 'upload' ELSE 'import' END WHERE "origin" IN ('add', 'mirror');--> statement-breakpoint
CREATE UNIQUE INDEX "imports_open" ON "ingest"."imports" USING btree ("dataset","uploader") WHERE state = 'open' and mode <> 'upload' and not dry_run;