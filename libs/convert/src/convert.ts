import { Problem } from "@rollerblade/errors";
import { type Dcm2niix, findDcm2niix } from "./dicom/find-dcm2niix.ts";
import type { Mapping } from "./mapping/mapping.ts";
import { makePlan } from "./plan/make-plan.ts";
import type { Plan } from "./plan/plan.ts";
import { openLabels } from "./private/subject-labels.ts";
import { openSource } from "./source/open-source.ts";
import { type SurveyProgress, surveySource } from "./survey/survey-source.ts";
import { type WriteReport, writeDataset } from "./write/write-dataset.ts";

/** What is converted, and how. */
export type ConvertOptions = {
  /** A folder, an archive, or the address of a prefix in a bucket. */
  readonly source: string;
  readonly mapping: Mapping;
  /** The secret table of labels; needed where labels are keyed or dates shifted. */
  readonly labels?: string;
  /** Where the dataset will be: the table of labels must not lie in it. */
  readonly directory?: string;
  readonly progress?: SurveyProgress;
};

/** A conversion that was planned and can be carried out. */
export type Convert = {
  readonly plan: Plan;
  /** Writes the dataset. @throws Problem as {@link writeDataset} */
  readonly write: (
    directory: string,
    options?: { readonly force?: boolean; readonly progress?: (done: number, total: number) => void },
  ) => Promise<WriteReport>;
  /** Removes what was unpacked on the way. */
  readonly close: () => void;
};

/** Looks through a source and plans its conversion. Nothing of the dataset is written. */
export const openConversion = async ({
  source: location,
  mapping,
  labels: file,
  directory,
  progress,
}: ConvertOptions): Promise<Convert> => {
  const needsLabels = mapping.labels === "keyed" || mapping.dates === "shift";
  if (needsLabels && file === undefined)
    throw new Problem({
      code: "invalid",
      message: `The mapping has ${mapping.labels === "keyed" ? "labels: keyed" : "dates: shift"}, which needs a secret table.`,
      next: "Give --labels FILE: a file outside of the dataset, which is made if it is not there.",
    });
  const labels =
    needsLabels && file !== undefined ? openLabels(file, directory === undefined ? [] : [directory]) : null;
  const source = await openSource(location);
  try {
    let program: Promise<Dcm2niix> | null = null;
    const findProgram = (): Promise<Dcm2niix> => {
      program ??= findDcm2niix();
      return program;
    };
    const survey = await surveySource(source, findProgram, progress);
    const plan = await makePlan(source, survey, mapping, { labels });
    labels?.save();
    return {
      plan,
      write: (target, options = {}) =>
        writeDataset(plan, mapping, { directory: target, scratch: source.scratch, findProgram, ...options }),
      close: source.close,
    };
  } catch (error) {
    source.close();
    throw error;
  }
};
