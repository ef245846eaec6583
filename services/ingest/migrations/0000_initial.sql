CREATE SCHEMA IF NOT EXISTS "ingest";
--> statement-breakpoint
CREATE TABLE "ingest"."datasets" (
	"name" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"bidsignore" text NOT NULL,
	"claimed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ingest"."files" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"folder" text NOT NULL,
	"scan" text,
	"role" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"origin" text NOT NULL,
	"import_id" uuid NOT NULL,
	"uploaded_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "files_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "ingest"."garbage" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	CONSTRAINT "garbage_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "ingest"."import_files" (
	"import_id" uuid NOT NULL,
	"path" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "import_files_import_id_path_pk" PRIMARY KEY("import_id","path")
);
--> statement-breakpoint
CREATE TABLE "ingest"."imports" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"uploader" text NOT NULL,
	"mode" text NOT NULL,
	"state" text NOT NULL,
	"revision" integer DEFAULT 0 NOT NULL,
	"traceparent" text,
	"to_publish" integer DEFAULT 0 NOT NULL,
	"published" integer DEFAULT 0 NOT NULL,
	"summary" jsonb,
	"findings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone,
	"swept_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "ingest"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "ingest"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "ingest"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "ingest"."staged" (
	"import_id" uuid NOT NULL,
	"sha256" text NOT NULL,
	"size" bigint NOT NULL,
	"key" text NOT NULL,
	"start" bigint,
	"checked" boolean NOT NULL,
	"fault" text,
	CONSTRAINT "staged_import_id_sha256_pk" PRIMARY KEY("import_id","sha256")
);
--> statement-breakpoint
CREATE INDEX "files_folder" ON "ingest"."files" USING btree ("dataset","folder");--> statement-breakpoint
CREATE INDEX "import_files_sha256" ON "ingest"."import_files" USING btree ("import_id","sha256");--> statement-breakpoint
CREATE UNIQUE INDEX "imports_open" ON "ingest"."imports" USING btree ("dataset","uploader") WHERE state = 'open' and mode = 'mirror';--> statement-breakpoint
CREATE INDEX "imports_unswept" ON "ingest"."imports" USING btree ("state") WHERE swept_at is null;--> statement-breakpoint
CREATE INDEX "imports_dataset" ON "ingest"."imports" USING btree ("dataset");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "ingest"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "ingest"."outbox" USING btree ("sequence") WHERE "ingest"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "ingest"."outbox" USING btree ("created_at");