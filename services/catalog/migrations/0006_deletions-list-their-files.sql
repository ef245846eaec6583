CREATE TABLE "catalog"."deletion_files" (
	"deletion" uuid NOT NULL,
	"path" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	CONSTRAINT "deletion_files_deletion_path_pk" PRIMARY KEY("deletion","path")
);
--> statement-breakpoint
ALTER TABLE "catalog"."deletions" ADD COLUMN "restored_at" timestamp with time zone;--> statement-breakpoint
CREATE VIEW "catalog"."deletions_v1" AS (
    select deletion.dataset, deletion.subject, max(deletion.requested_at) as requested_at,
      bool_or(deletion.finished_at is null) as open,
      deletion.subject is not null and bool_or(deletion.restored_at is null and not exists (
        select from catalog.deletions whole
        where whole.dataset = deletion.dataset and whole.subject is null and whole.requested_at > deletion.requested_at
      )) as kept_out
    from catalog.deletions deletion
    group by deletion.dataset, deletion.subject);