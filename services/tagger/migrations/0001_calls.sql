CREATE TABLE "tagger"."calls" (
	"document" text NOT NULL,
	"rule" text NOT NULL,
	"slice_key" text NOT NULL,
	"analysis" text NOT NULL,
	"version" text NOT NULL,
	"parameters_hash" text NOT NULL,
	"key" text,
	"covered" boolean NOT NULL,
	"revision" bigint NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "calls_document_rule_slice_key_pk" PRIMARY KEY("document","rule","slice_key")
);
--> statement-breakpoint
ALTER TABLE "tagger"."derivatives" ADD COLUMN "slice_key" text;--> statement-breakpoint
ALTER TABLE "tagger"."derivatives" ADD COLUMN "key" text;--> statement-breakpoint
ALTER TABLE "tagger"."shown" ADD COLUMN "made" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "calls_slice" ON "tagger"."calls" USING btree ("slice_key");--> statement-breakpoint
CREATE INDEX "calls_over" ON "tagger"."calls" USING btree ("at") WHERE not "tagger"."calls"."covered";--> statement-breakpoint
CREATE INDEX "derivatives_slice" ON "tagger"."derivatives" USING btree ("slice_key");