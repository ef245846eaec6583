CREATE TABLE "scheduler"."turns" (
	"owner" text PRIMARY KEY NOT NULL,
	"taken" bigserial NOT NULL
);
--> statement-breakpoint
ALTER TABLE "scheduler"."executions" ADD COLUMN "forgotten" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "executions_forgotten" ON "scheduler"."executions" USING btree ("id") WHERE forgotten;