CREATE TABLE "ingest"."conversion_files" (
	"conversion_id" uuid NOT NULL,
	"source" text NOT NULL,
	"becomes" text NOT NULL,
	"targets" jsonb NOT NULL,
	"reason" text,
	CONSTRAINT "conversion_files_conversion_id_source_pk" PRIMARY KEY("conversion_id","source")
);
--> statement-breakpoint
CREATE TABLE "ingest"."conversion_sources" (
	"conversion_id" uuid NOT NULL,
	"path" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"key" text NOT NULL,
	CONSTRAINT "conversion_sources_conversion_id_path_pk" PRIMARY KEY("conversion_id","path")
);
--> statement-breakpoint
CREATE TABLE "ingest"."conversions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"dataset" text NOT NULL,
	"uploader" text NOT NULL,
	"limited_token" text,
	"address" text,
	"state" text NOT NULL,
	"mapping" text,
	"labels" text,
	"is_plan" boolean DEFAULT true NOT NULL,
	"force" boolean DEFAULT false NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"progress" jsonb,
	"report" jsonb,
	"problem" text,
	"next" text,
	"import_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "conversions_state" ON "ingest"."conversions" USING btree ("state");--> statement-breakpoint
CREATE INDEX "conversions_dataset" ON "ingest"."conversions" USING btree ("dataset");