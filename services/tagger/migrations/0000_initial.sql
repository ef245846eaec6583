CREATE SCHEMA IF NOT EXISTS "tagger";
--> statement-breakpoint
CREATE TABLE "tagger"."derivatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"subject" text,
	"analysis" text,
	"version" text,
	"parameters_hash" text,
	"output" text,
	"facts" json,
	"revision" bigint NOT NULL,
	"gone" boolean DEFAULT false NOT NULL,
	"traceparent" text
);
--> statement-breakpoint
CREATE TABLE "tagger"."documents" (
	"name" text PRIMARY KEY NOT NULL,
	"datasets" text[] NOT NULL,
	"revision" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tagger"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "tagger"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "tagger"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "tagger"."results" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"document" text NOT NULL,
	"tag" text NOT NULL,
	"derivative" uuid NOT NULL,
	"state" text DEFAULT 'pending' NOT NULL,
	"taken" json,
	"problem" text DEFAULT '' NOT NULL,
	"tagged_at" timestamp with time zone,
	CONSTRAINT "results_once" UNIQUE("document","tag","derivative")
);
--> statement-breakpoint
CREATE TABLE "tagger"."tags" (
	"document" text NOT NULL,
	"tag" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"output" text NOT NULL,
	"position" integer NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"show" json NOT NULL,
	CONSTRAINT "tags_document_tag_analysis_version_parameters_hash_pk" PRIMARY KEY("document","tag","analysis","version","parameters_hash")
);
--> statement-breakpoint
CREATE INDEX "derivatives_by_identity" ON "tagger"."derivatives" USING btree ("analysis","version","parameters_hash","output");--> statement-breakpoint
CREATE INDEX "derivatives_by_place" ON "tagger"."derivatives" USING btree ("dataset","subject");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "tagger"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "tagger"."outbox" USING btree ("sequence") WHERE "tagger"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "tagger"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "results_by_derivative" ON "tagger"."results" USING btree ("derivative");--> statement-breakpoint
CREATE INDEX "results_by_dataset" ON "tagger"."results" USING btree ("dataset");--> statement-breakpoint
CREATE INDEX "results_by_state" ON "tagger"."results" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "tags_by_identity" ON "tagger"."tags" USING btree ("analysis","version","parameters_hash","output");