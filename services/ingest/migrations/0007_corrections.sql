CREATE TABLE "ingest"."corrections" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"import_id" uuid NOT NULL,
	"file" text NOT NULL,
	"subject" text NOT NULL,
	"session" text,
	"column_name" text NOT NULL,
	"expected" text,
	"before" text,
	"after" text NOT NULL,
	"add_column" boolean DEFAULT false NOT NULL,
	"author" text NOT NULL,
	"reason" text,
	"undo_of" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE INDEX "corrections_subject" ON "ingest"."corrections" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "corrections_file" ON "ingest"."corrections" USING btree ("dataset","file");--> statement-breakpoint
CREATE INDEX "corrections_import" ON "ingest"."corrections" USING btree ("import_id");