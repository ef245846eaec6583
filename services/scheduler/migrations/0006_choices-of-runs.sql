ALTER TABLE "scheduler"."runs" ADD COLUMN "not_applicable" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "left_out" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "slice_limit" integer;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "force" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."runs" ADD COLUMN "stops_early" boolean DEFAULT false NOT NULL;