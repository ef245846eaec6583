import { Problem } from "@rollerblade/errors";
import { isTopicName, type TopicName, topics } from "./topics.ts";

/** The last token of subjects of events that belong to no dataset. */
const noDataset = "_";

const datasetName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

/**
 * The subject of an event: `rollerblade.<noun>.<verb>.<dataset>`.
 * @throws Problem `invalid` when the name of the dataset cannot be one token of a subject
 */
export const subjectOf = (topic: TopicName, dataset: string | null): string =>
  `rollerblade.${topic}.${dataset === null ? noDataset : datasetToken(dataset)}`;

/**
 * The subject under which another team publishes: `rollerblade.from.<team>.<noun>.<verb>.<dataset>`. The server lets only that team's
 * user publish there, so the subject vouches for who published, whatever headers and body claim.
 * @throws Problem `invalid` when a name cannot be one token of a subject
 */
export const teamSubjectOf = (team: string, topic: TopicName, dataset: string | null): string =>
  `rollerblade.from.${teamToken(team)}.${topic}.${dataset === null ? noDataset : datasetToken(dataset)}`;

/** The subjects under which the services publish a topic. */
export const subjectOfService = (topic: TopicName, dataset = "*"): string => `rollerblade.${topic}.${dataset}`;

/** The subjects of one topic, whoever publishes it and whatever the dataset. */
export const subjectsOf = (topic: TopicName, dataset = "*"): readonly string[] => [
  subjectOfService(topic, dataset),
  ...(topics[topic].openToTeams ? [`rollerblade.from.*.${topic}.${dataset}`] : []),
];

/** What a subject tells of its event: `team` is null on the subjects of the services. */
export type ParsedSubject = {
  readonly topic: TopicName;
  readonly dataset: string | null;
  readonly team: string | null;
};

/** The topic, dataset and team that a subject speaks of; null for a subject that is none of ours. */
export const parseSubject = (subject: string): ParsedSubject | null => {
  const [, team = null, topic = "", dataset = ""] =
    /^rollerblade\.(?:from\.([A-Za-z0-9_-]+)\.)?([a-z]+\.[a-z]+)\.([^.]+)$/.exec(subject) ?? [];
  return isTopicName(topic) ? { topic, dataset: dataset === noDataset ? null : dataset, team } : null;
};

const teamName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const teamToken = (team: string): string => nameToken(team, teamName, "a team");

const datasetToken = (dataset: string): string => nameToken(dataset, datasetName, "a dataset");

/** A name as one token of a subject. @throws Problem `invalid` */
const nameToken = (name: string, pattern: RegExp, what: string): string => {
  if (pattern.test(name)) return name;
  throw new Problem({
    code: "invalid",
    message: `"${name}" cannot be the name of ${what}.`,
    subject: name,
    next: "Use up to 63 letters, digits, - and _, beginning with a letter or digit.",
  });
};
