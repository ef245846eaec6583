CREATE TABLE "scheduler"."assets" (
	"name" text NOT NULL,
	"version" text NOT NULL,
	"description" text NOT NULL,
	"sha256" text NOT NULL,
	"files" jsonb NOT NULL,
	"complete" boolean NOT NULL,
	"owner" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "assets_name_version_pk" PRIMARY KEY("name","version")
);
