ALTER TABLE "scheduler"."runs" ADD COLUMN "datasets" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "scheduler"."tasks" ADD COLUMN "datasets" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
UPDATE "scheduler"."tasks" SET datasets = array(
	SELECT dataset UNION SELECT split_part(source, '/', 1) FROM unnest(sources) AS source ORDER BY 1);--> statement-breakpoint
UPDATE "scheduler"."runs" AS run SET datasets = array(
	SELECT DISTINCT unnest(task.datasets) FROM "scheduler"."tasks" AS task WHERE task.run = run.id ORDER BY 1);
