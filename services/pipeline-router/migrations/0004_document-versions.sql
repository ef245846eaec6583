CREATE TABLE "pipeline_router"."document_versions" (
	"document" text NOT NULL,
	"revision" bigint NOT NULL,
	"source" text NOT NULL,
	"applied_by" text NOT NULL,
	"applied_at" timestamp with time zone NOT NULL,
	CONSTRAINT "document_versions_document_revision_pk" PRIMARY KEY("document","revision")
);
--> statement-breakpoint
-- What is in force is the first text of its history.
INSERT INTO "pipeline_router"."document_versions" ("document", "revision", "source", "applied_by", "applied_at")
SELECT "name", "revision", "source", "owner", "applied_at" FROM "pipeline_router"."documents" WHERE NOT "removed";
