import { datasetNamePattern } from "@rollerblade/abids/check-path";
import { z } from "zod";

/** The schema of a dataset's name. */
export const datasetName = z
  .string()
  .regex(datasetNamePattern, "1 to 63 letters, digits, - and _, a letter or digit first");
