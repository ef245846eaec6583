import { Problem } from "@rollerblade/errors";
import { isTopicName, type TopicName } from "./topics.ts";

/** The last token of subjects of events that belong to no dataset. */
const noDataset = "_";

const datasetName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/**
 * The subject of an event: `rollerblade.<noun>.<verb>.<dataset>`.
 * @throws Problem `invalid` when the name of the dataset cannot be one token of a subject
 */
export const subjectOf = (topic: TopicName, dataset: string | null): string =>
  `rollerblade.${topic}.${dataset === null ? noDataset : datasetToken(dataset)}`;

/** The subjects of one topic, whatever the dataset. */
export const subjectsOf = (topic: TopicName): string => `rollerblade.${topic}.*`;

/** The topic and dataset that a subject speaks of; null for a subject that is none of ours. */
export const parseSubject = (subject: string): { topic: TopicName; dataset: string | null } | null => {
  const [, topic = "", dataset = ""] = /^rollerblade\.([a-z]+\.[a-z]+)\.([^.]+)$/.exec(subject) ?? [];
  return isTopicName(topic) ? { topic, dataset: dataset === noDataset ? null : dataset } : null;
};

const datasetToken = (dataset: string): string => {
  if (datasetName.test(dataset)) return dataset;
  throw new Problem({
    code: "invalid",
    message: `"${dataset}" cannot be the name of a dataset.`,
    subject: dataset,
    next: "Use up to 63 letters, digits, - and _, beginning with a letter or digit.",
  });
};
