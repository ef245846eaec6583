CREATE SCHEMA IF NOT EXISTS "scheduler";
--> statement-breakpoint
CREATE SEQUENCE "scheduler"."arrivals" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1;--> statement-breakpoint
CREATE TABLE "scheduler"."analyses" (
	"name" text NOT NULL,
	"version" text NOT NULL,
	"manifest" jsonb NOT NULL,
	"code" text NOT NULL,
	"image" text,
	"folder" text,
	"source" text NOT NULL,
	"owner" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "analyses_name_version_pk" PRIMARY KEY("name","version")
);
--> statement-breakpoint
CREATE TABLE "scheduler"."attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"execution" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"executor" text NOT NULL,
	"outcome" text,
	"counted" boolean DEFAULT false NOT NULL,
	"exit_code" integer,
	"reason" text DEFAULT '' NOT NULL,
	"memory" bigint NOT NULL,
	"log" text,
	"traceparent" text DEFAULT '' NOT NULL,
	"lease_owner" text NOT NULL,
	"lease_until" timestamp with time zone NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scheduler"."derivatives" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"folder" text NOT NULL,
	"sidecar" text,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"output" text NOT NULL,
	"key" text NOT NULL,
	"execution" uuid NOT NULL,
	"task" uuid NOT NULL,
	"slice" jsonb NOT NULL,
	"entities" jsonb NOT NULL,
	"datatype" text,
	"suffix" text NOT NULL,
	"extension" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"sources" jsonb NOT NULL,
	"parameters" jsonb NOT NULL,
	"code" text NOT NULL,
	"sequence" bigint NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scheduler"."executions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"key" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"datasets" text[] NOT NULL,
	"state" text NOT NULL,
	"rank" smallint NOT NULL,
	"owner" text NOT NULL,
	"enqueued" bigserial NOT NULL,
	"cpu" real NOT NULL,
	"memory" bigint NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"counted" integer DEFAULT 0 NOT NULL,
	"not_before" timestamp with time zone,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"staged" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scheduler"."folders" (
	"dataset" text NOT NULL,
	"folder" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"changed" bigint DEFAULT 0 NOT NULL,
	"written" bigint DEFAULT -1 NOT NULL,
	CONSTRAINT "folders_dataset_folder_pk" PRIMARY KEY("dataset","folder")
);
--> statement-breakpoint
CREATE TABLE "scheduler"."inbox" (
	"consumer" text NOT NULL,
	"event_id" text NOT NULL,
	"handled_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "inbox_consumer_event_id_pk" PRIMARY KEY("consumer","event_id")
);
--> statement-breakpoint
CREATE TABLE "scheduler"."intents" (
	"task" uuid PRIMARY KEY NOT NULL,
	"files" jsonb NOT NULL,
	"stopped" boolean DEFAULT false NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "scheduler"."locations" (
	"object" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL,
	"size" bigint NOT NULL,
	"kind" text NOT NULL,
	"dataset" text,
	"modified" bigint
);
--> statement-breakpoint
CREATE TABLE "scheduler"."names" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"identity" text NOT NULL,
	"derivative" uuid,
	"sha256" text,
	"sequence" bigint NOT NULL,
	"intent" uuid,
	CONSTRAINT "names_dataset_path_pk" PRIMARY KEY("dataset","path")
);
--> statement-breakpoint
CREATE TABLE "scheduler"."outbox" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint GENERATED ALWAYS AS IDENTITY (sequence name "scheduler"."outbox_sequence_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"topic" text NOT NULL,
	"subject" text NOT NULL,
	"dataset" text,
	"body" "bytea" NOT NULL,
	"traceparent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"published_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scheduler"."outputs" (
	"execution" uuid NOT NULL,
	"name" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "outputs_execution_name_pk" PRIMARY KEY("execution","name")
);
--> statement-breakpoint
CREATE TABLE "scheduler"."runs" (
	"id" uuid PRIMARY KEY NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"priority" text NOT NULL,
	"owner" text NOT NULL,
	"document" text,
	"rule" text,
	"query" text,
	"state" text NOT NULL,
	"cursor" text,
	"locks" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"reason" text DEFAULT '' NOT NULL,
	"total" integer DEFAULT 0 NOT NULL,
	"ran" integer DEFAULT 0 NOT NULL,
	"cached" integer DEFAULT 0 NOT NULL,
	"in_place" integer DEFAULT 0 NOT NULL,
	"failed" integer DEFAULT 0 NOT NULL,
	"cancelled" integer DEFAULT 0 NOT NULL,
	"superseded" integer DEFAULT 0 NOT NULL,
	"traceparent" text DEFAULT '' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scheduler"."tasks" (
	"id" uuid PRIMARY KEY NOT NULL,
	"run" uuid NOT NULL,
	"decision" uuid NOT NULL,
	"round" integer NOT NULL,
	"decided" bigint NOT NULL,
	"sequence" bigint NOT NULL,
	"document" text,
	"rule" text,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"rank" smallint NOT NULL,
	"owner" text NOT NULL,
	"dataset" text NOT NULL,
	"slice" jsonb NOT NULL,
	"slice_key" text NOT NULL,
	"requested" jsonb,
	"sources" text[] NOT NULL,
	"key" text NOT NULL,
	"state" text NOT NULL,
	"reuse" boolean DEFAULT false NOT NULL,
	"outcome" text,
	"reason" text DEFAULT '' NOT NULL,
	"revision" integer DEFAULT 0 NOT NULL,
	"execution" uuid,
	"derivatives" uuid[] DEFAULT '{}' NOT NULL,
	"traceparent" text NOT NULL,
	"lease_owner" text,
	"lease_until" timestamp with time zone,
	"decided_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "scheduler"."tombstones" (
	"dataset" text NOT NULL,
	"subject" text NOT NULL,
	"path" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "tombstones_dataset_subject_path_pk" PRIMARY KEY("dataset","subject","path")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_number" ON "scheduler"."attempts" USING btree ("execution","number");--> statement-breakpoint
CREATE INDEX "attempts_running" ON "scheduler"."attempts" USING btree ("lease_until") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "derivatives_path" ON "scheduler"."derivatives" USING btree ("dataset","path");--> statement-breakpoint
CREATE INDEX "derivatives_folder" ON "scheduler"."derivatives" USING btree ("dataset","folder","path");--> statement-breakpoint
CREATE INDEX "derivatives_content" ON "scheduler"."derivatives" USING btree ("dataset","sha256");--> statement-breakpoint
CREATE INDEX "derivatives_withdrawn" ON "scheduler"."derivatives" USING btree ("id") WHERE state = 'withdrawn';--> statement-breakpoint
CREATE INDEX "executions_key" ON "scheduler"."executions" USING btree ("key");--> statement-breakpoint
CREATE INDEX "executions_queue" ON "scheduler"."executions" USING btree ("rank","owner","enqueued") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "executions_delayed" ON "scheduler"."executions" USING btree ("not_before") WHERE state = 'delayed';--> statement-breakpoint
CREATE INDEX "executions_running" ON "scheduler"."executions" USING btree ("id") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "executions_staged" ON "scheduler"."executions" USING btree ("id") WHERE staged;--> statement-breakpoint
CREATE INDEX "folders_behind" ON "scheduler"."folders" USING btree ("dataset") WHERE changed > written;--> statement-breakpoint
CREATE INDEX "inbox_handled_at" ON "scheduler"."inbox" USING btree ("handled_at");--> statement-breakpoint
CREATE INDEX "locations_sha256" ON "scheduler"."locations" USING btree ("sha256");--> statement-breakpoint
CREATE INDEX "names_derivative" ON "scheduler"."names" USING btree ("derivative");--> statement-breakpoint
CREATE INDEX "names_intent" ON "scheduler"."names" USING btree ("intent") WHERE intent is not null;--> statement-breakpoint
CREATE INDEX "outbox_unpublished" ON "scheduler"."outbox" USING btree ("sequence") WHERE "scheduler"."outbox"."published_at" is null;--> statement-breakpoint
CREATE INDEX "outbox_created_at" ON "scheduler"."outbox" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "runs_created_at" ON "scheduler"."runs" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "runs_collecting" ON "scheduler"."runs" USING btree ("state") WHERE state = 'collecting';--> statement-breakpoint
CREATE UNIQUE INDEX "tasks_decision" ON "scheduler"."tasks" USING btree ("decision","round");--> statement-breakpoint
CREATE INDEX "tasks_run" ON "scheduler"."tasks" USING btree ("run","id");--> statement-breakpoint
CREATE INDEX "tasks_open" ON "scheduler"."tasks" USING btree ("sequence") WHERE state = 'open';--> statement-breakpoint
CREATE INDEX "tasks_publishing" ON "scheduler"."tasks" USING btree ("sequence") WHERE state = 'publishing';--> statement-breakpoint
CREATE INDEX "tasks_unfinished_execution" ON "scheduler"."tasks" USING btree ("execution") WHERE state <> 'final';--> statement-breakpoint
CREATE INDEX "tasks_unfinished_dataset" ON "scheduler"."tasks" USING btree ("dataset") WHERE state <> 'final';--> statement-breakpoint
CREATE INDEX "tasks_execution" ON "scheduler"."tasks" USING btree ("execution");--> statement-breakpoint
CREATE INDEX "tasks_rule_slice" ON "scheduler"."tasks" USING btree ("document","rule","slice_key","decided");