CREATE SCHEMA IF NOT EXISTS "pipeline_router";
--> statement-breakpoint
CREATE SEQUENCE "pipeline_router"."decision_sequence" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "pipeline_router"."analyses" (
	"name" text NOT NULL,
	"version" text NOT NULL,
	"manifest" text NOT NULL,
	"code" text NOT NULL,
	CONSTRAINT "analyses_name_version_pk" PRIMARY KEY("name","version")
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."batches" (
	"batch" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"expires_at" timestamp with time zone,
	"closed" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."decisions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"document" text NOT NULL,
	"rule" text NOT NULL,
	"level" text NOT NULL,
	"dataset" text NOT NULL,
	"subject" text,
	"session" text,
	"scan" text,
	"slice_key" text NOT NULL,
	"key" text,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"sequence" bigint,
	"round" integer DEFAULT 0 NOT NULL,
	"sends" integer DEFAULT 0 NOT NULL,
	"application" uuid NOT NULL,
	"run" uuid,
	"outcome" text,
	"progress" text NOT NULL,
	"reason" text NOT NULL,
	"derivatives" uuid[],
	"failure" text,
	"restarts" integer DEFAULT 0 NOT NULL,
	"answered_round" integer DEFAULT 0 NOT NULL,
	"answer_revision" bigint DEFAULT 0 NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	"asked_at" timestamp with time zone,
	"concluded_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"ended_why" text
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."deletions" (
	"dataset" text NOT NULL,
	"subject" text NOT NULL,
	"deleted_at" timestamp with time zone NOT NULL,
	CONSTRAINT "deletions_dataset_subject_pk" PRIMARY KEY("dataset","subject")
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."derivatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"subject" text,
	"slice_key" text,
	"analysis" text,
	"version" text,
	"parameters_hash" text,
	"output" text,
	"key" text,
	"sequence" bigint DEFAULT 0 NOT NULL,
	"facts" text,
	"revision" bigint NOT NULL,
	"gone" boolean DEFAULT false NOT NULL,
	"superseded_by" uuid,
	"traceparent" text,
	"said_at" timestamp with time zone NOT NULL,
	"known_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."dirty" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "pipeline_router"."dirty_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"dataset" text NOT NULL,
	"subject" text NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"traceparent" text
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."documents" (
	"name" text PRIMARY KEY NOT NULL,
	"application" uuid NOT NULL,
	"owner" text NOT NULL,
	"source" text NOT NULL,
	"datasets" text[] NOT NULL,
	"locks" text NOT NULL,
	"revision" bigint NOT NULL,
	"origin" text NOT NULL,
	"removed" boolean DEFAULT false NOT NULL,
	"traceparent" text,
	"applied_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."large_requests" (
	"decision" uuid NOT NULL,
	"round" integer NOT NULL,
	"message" text NOT NULL,
	"body" text NOT NULL,
	CONSTRAINT "large_requests_decision_round_pk" PRIMARY KEY("decision","round")
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."offers" (
	"name" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"origin" text NOT NULL,
	"hash" text NOT NULL,
	"refusal" text DEFAULT '' NOT NULL,
	"offered_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "pipeline_router"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"application" uuid NOT NULL,
	"document" text NOT NULL,
	"rule" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."scans" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"subject" text NOT NULL,
	"suffix" text NOT NULL,
	"facts" text,
	"revision" bigint NOT NULL,
	"batch" text,
	"withdrawn" boolean DEFAULT false NOT NULL,
	"traceparent" text,
	"said_at" timestamp with time zone NOT NULL,
	"changed_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "scans_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "pipeline_router"."sweeps" (
	"name" text PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"subject" text NOT NULL
);
--> statement-breakpoint
CREATE INDEX "batches_open" ON "pipeline_router"."batches" USING btree ("dataset") WHERE not "pipeline_router"."batches"."closed";--> statement-breakpoint
CREATE UNIQUE INDEX "decisions_in_force" ON "pipeline_router"."decisions" USING btree ("document","rule","slice_key") WHERE "pipeline_router"."decisions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "decisions_place" ON "pipeline_router"."decisions" USING btree ("dataset","subject") WHERE "pipeline_router"."decisions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "decisions_document" ON "pipeline_router"."decisions" USING btree ("document","dataset","rule") WHERE "pipeline_router"."decisions"."ended_at" is null;--> statement-breakpoint
CREATE INDEX "decisions_asked" ON "pipeline_router"."decisions" USING btree ("asked_at") WHERE "pipeline_router"."decisions"."ended_at" is null and "pipeline_router"."decisions"."outcome" = 'asked';--> statement-breakpoint
CREATE INDEX "decisions_listed" ON "pipeline_router"."decisions" USING btree ("document","id");--> statement-breakpoint
CREATE INDEX "derivatives_subject" ON "pipeline_router"."derivatives" USING btree ("dataset","subject") WHERE not "pipeline_router"."derivatives"."gone";--> statement-breakpoint
CREATE INDEX "derivatives_path" ON "pipeline_router"."derivatives" USING btree ("dataset","path") WHERE not "pipeline_router"."derivatives"."gone";--> statement-breakpoint
CREATE INDEX "derivatives_slice" ON "pipeline_router"."derivatives" USING btree ("dataset","analysis","slice_key") WHERE not "pipeline_router"."derivatives"."gone";--> statement-breakpoint
CREATE INDEX "dirty_place" ON "pipeline_router"."dirty" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "dirty_due" ON "pipeline_router"."dirty" USING btree ("due_at");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "pipeline_router"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "pipeline_router"."outbox" USING btree ("sequence") WHERE "pipeline_router"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "pipeline_router"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "runs_application_rule" ON "pipeline_router"."runs" USING btree ("application","rule");--> statement-breakpoint
CREATE INDEX "scans_subject" ON "pipeline_router"."scans" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "scans_batch" ON "pipeline_router"."scans" USING btree ("batch") WHERE "pipeline_router"."scans"."batch" is not null;