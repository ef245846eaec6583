DROP VIEW "catalog"."deletions_v1";--> statement-breakpoint
ALTER TABLE "catalog"."deletions" ADD COLUMN "subject_hash" text;--> statement-breakpoint
ALTER TABLE "catalog"."deletions" ADD COLUMN "erase_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "catalog"."deletions" ADD COLUMN "erased_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX "deletions_to_erase" ON "catalog"."deletions" USING btree ("erase_at") WHERE erased_at is null;--> statement-breakpoint
CREATE VIEW "catalog"."deletions_v1" AS (
    select deletion.dataset, deletion.subject, deletion.subject_hash, max(deletion.requested_at) as requested_at,
      bool_or(deletion.finished_at is null) as open,
      deletion.subject is not null and bool_or(deletion.restored_at is null and not exists (
        select from catalog.deletions whole
        where whole.dataset = deletion.dataset and whole.subject is null and whole.requested_at > deletion.requested_at
      )) as kept_out
    from catalog.deletions deletion
    group by deletion.dataset, deletion.subject, deletion.subject_hash);--> statement-breakpoint
UPDATE "catalog"."deletions" SET "subject_hash" = encode(sha256(convert_to("dataset" || '/' || "subject", 'UTF8')), 'hex') WHERE "subject" IS NOT NULL;
