CREATE SCHEMA IF NOT EXISTS "tagger";
--> statement-breakpoint
CREATE TABLE "tagger"."derivatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"level" text NOT NULL,
	"subject" text,
	"session" text,
	"scan" text,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"output" text NOT NULL,
	"extension" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"datasets" text[] NOT NULL,
	"revision" bigint NOT NULL,
	"traceparent" text NOT NULL,
	"unsettled" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tagger"."documents" (
	"name" text PRIMARY KEY NOT NULL,
	"application" text NOT NULL,
	"revision" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tagger"."gone" (
	"id" uuid PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL
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
	"document" text NOT NULL,
	"tag" text NOT NULL,
	"derivative" uuid NOT NULL,
	"show" jsonb NOT NULL,
	"ready" boolean NOT NULL,
	"value" jsonb,
	"preview" jsonb,
	"problem" text DEFAULT '' NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"due_at" timestamp with time zone DEFAULT now() NOT NULL,
	"traceparent" text NOT NULL,
	"tagged_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "tagger"."shown" (
	"document" text NOT NULL,
	"tag" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	CONSTRAINT "shown_document_tag_analysis_version_parameters_hash_pk" PRIMARY KEY("document","tag","analysis","version","parameters_hash")
);
--> statement-breakpoint
CREATE TABLE "tagger"."tags" (
	"document" text NOT NULL,
	"name" text NOT NULL,
	"position" integer NOT NULL,
	"title" text NOT NULL,
	"description" text,
	"show" jsonb NOT NULL,
	"analysis" text NOT NULL,
	"output" text NOT NULL,
	"datasets" text[] NOT NULL,
	CONSTRAINT "tags_document_name_pk" PRIMARY KEY("document","name")
);
--> statement-breakpoint
ALTER TABLE "tagger"."results" ADD CONSTRAINT "results_derivative_derivatives_id_fk" FOREIGN KEY ("derivative") REFERENCES "tagger"."derivatives"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "derivatives_place" ON "tagger"."derivatives" USING btree ("dataset","subject","session");--> statement-breakpoint
CREATE INDEX "derivatives_unsettled" ON "tagger"."derivatives" USING btree ("id") WHERE "tagger"."derivatives"."unsettled";--> statement-breakpoint
CREATE INDEX "gone_at" ON "tagger"."gone" USING btree ("at");--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "tagger"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "tagger"."outbox" USING btree ("sequence") WHERE "tagger"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "tagger"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE UNIQUE INDEX "results_once" ON "tagger"."results" USING btree ("derivative","document","tag");--> statement-breakpoint
CREATE INDEX "results_due" ON "tagger"."results" USING btree ("due_at") WHERE not "tagger"."results"."ready";--> statement-breakpoint
CREATE INDEX "shown_identity" ON "tagger"."shown" USING btree ("analysis","version","parameters_hash");