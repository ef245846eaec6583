CREATE TABLE "scheduler"."ratings" (
	"dataset" text NOT NULL,
	"path" text NOT NULL,
	"rater" text NOT NULL,
	"subject" text NOT NULL,
	"suffix" text NOT NULL,
	"verdict" text NOT NULL,
	"note" text,
	"rated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "ratings_dataset_path_rater_pk" PRIMARY KEY("dataset","path","rater")
);
