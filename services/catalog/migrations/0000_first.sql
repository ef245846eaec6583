CREATE SCHEMA IF NOT EXISTS "catalog";
--> statement-breakpoint
CREATE SEQUENCE "catalog"."revisions" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "catalog"."batch_refusals" (
	"batch" text NOT NULL,
	"event" text NOT NULL,
	"reason" text NOT NULL,
	CONSTRAINT "batch_refusals_batch_event_pk" PRIMARY KEY("batch","event")
);
--> statement-breakpoint
CREATE TABLE "catalog"."batches" (
	"id" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"expires_at" timestamp with time zone,
	"expected" integer,
	"handled" integer DEFAULT 0 NOT NULL,
	"indexed_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."datasets" (
	"name" text PRIMARY KEY NOT NULL,
	"description" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"subjects" bigint DEFAULT 0 NOT NULL,
	"sessions" bigint DEFAULT 0 NOT NULL,
	"scans" bigint DEFAULT 0 NOT NULL,
	"files" bigint DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"derivatives" bigint DEFAULT 0 NOT NULL,
	"derivative_bytes" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."deletions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"subject" text,
	"deleter" text NOT NULL,
	"requested_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "catalog"."derivative_sources" (
	"derivative" uuid NOT NULL,
	"position" integer NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "derivative_sources_derivative_position_pk" PRIMARY KEY("derivative","position")
);
--> statement-breakpoint
CREATE TABLE "catalog"."derivatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"output" text NOT NULL,
	"key" text NOT NULL,
	"level" text NOT NULL,
	"subject" text,
	"session" text,
	"scan" text,
	"entities" jsonb NOT NULL,
	"datatype" text,
	"suffix" text NOT NULL,
	"extension" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"sequence" bigint NOT NULL,
	"state" text NOT NULL,
	"task" text NOT NULL,
	"decision" text,
	"datasets" text[] NOT NULL,
	"revision" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "catalog"."fields" (
	"dataset" text NOT NULL,
	"name" text NOT NULL,
	"type" text NOT NULL,
	CONSTRAINT "fields_dataset_name_type_pk" PRIMARY KEY("dataset","name","type")
);
--> statement-breakpoint
CREATE TABLE "catalog"."files" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"folder" text NOT NULL,
	"kind" text NOT NULL,
	"scan" text,
	"subject" text,
	"session" text,
	"suffix" text,
	"extension" text,
	"entities" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"content" jsonb,
	"said_at" timestamp with time zone NOT NULL,
	CONSTRAINT "files_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "catalog"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "catalog"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "catalog"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "catalog"."removals" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"said_at" timestamp with time zone NOT NULL,
	CONSTRAINT "removals_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "catalog"."saved_queries" (
	"owner" text NOT NULL,
	"name" text NOT NULL,
	"expression" text NOT NULL,
	"level" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "saved_queries_owner_name_pk" PRIMARY KEY("owner","name")
);
--> statement-breakpoint
CREATE TABLE "catalog"."scans" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"subject" text NOT NULL,
	"session" text NOT NULL,
	"datatype" text NOT NULL,
	"suffix" text NOT NULL,
	"extension" text NOT NULL,
	"entities" jsonb NOT NULL,
	"metadata" jsonb NOT NULL,
	"subject_attributes" jsonb NOT NULL,
	"session_attributes" jsonb NOT NULL,
	"files" jsonb NOT NULL,
	"sidecars" text[] NOT NULL,
	"findings" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text,
	"facts_hash" text NOT NULL,
	"images_hash" text NOT NULL,
	"revision" bigint NOT NULL,
	"indexed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "scans_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "catalog"."sessions" (
	"dataset" text NOT NULL,
	"subject" text NOT NULL,
	"label" text NOT NULL,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"scans" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "sessions_dataset_subject_label_pk" PRIMARY KEY("dataset","subject","label")
);
--> statement-breakpoint
CREATE TABLE "catalog"."subjects" (
	"dataset" text NOT NULL,
	"label" text NOT NULL,
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"scans" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "subjects_dataset_label_pk" PRIMARY KEY("dataset","label")
);
--> statement-breakpoint
CREATE INDEX "batches_open" ON "catalog"."batches" USING btree ("created_at") WHERE indexed_at is null;--> statement-breakpoint
CREATE INDEX "deletions_dataset" ON "catalog"."deletions" USING btree ("dataset");--> statement-breakpoint
CREATE INDEX "deletions_open" ON "catalog"."deletions" USING btree ("requested_at") WHERE finished_at is null;--> statement-breakpoint
CREATE INDEX "derivative_sources_path" ON "catalog"."derivative_sources" USING btree ("dataset","path");--> statement-breakpoint
CREATE UNIQUE INDEX "derivatives_in_force" ON "catalog"."derivatives" USING btree ("dataset","path") WHERE state = 'in-force';--> statement-breakpoint
CREATE INDEX "derivatives_path" ON "catalog"."derivatives" USING btree ("dataset","path");--> statement-breakpoint
CREATE INDEX "derivatives_slice" ON "catalog"."derivatives" USING btree ("dataset","subject","session");--> statement-breakpoint
CREATE INDEX "files_folder" ON "catalog"."files" USING btree ("dataset","folder");--> statement-breakpoint
CREATE INDEX "files_scan" ON "catalog"."files" USING btree ("dataset","scan") WHERE scan is not null;--> statement-breakpoint
CREATE INDEX "files_subject" ON "catalog"."files" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "catalog"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "catalog"."outbox" USING btree ("sequence") WHERE "catalog"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "catalog"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "scans_session" ON "catalog"."scans" USING btree ("dataset","subject","session");--> statement-breakpoint
CREATE INDEX "scans_suffix" ON "catalog"."scans" USING btree ("suffix","dataset","path");