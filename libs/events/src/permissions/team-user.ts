import { Problem } from "@rollerblade/errors";
import { replaySubjects } from "../dead-letters/replay-subject.ts";
import { inboxPrefix } from "../nats/nats-connection.ts";
import { subjectsOf, teamSubjectOf } from "../topics/subject.ts";
import { isTopicName, type TopicName, topics } from "../topics/topics.ts";
import { durableNamed } from "../topology/topology.ts";
import type { NatsUser } from "./nats-user.ts";
import { installationUsers, letterRequests } from "./service-users.ts";

/** What another team is granted. */
export type TeamGrant = {
  /** Of its NATS user, and of its user in accounts, whose rights decide what becomes of what it publishes. */
  readonly team: string;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Names of datasets; empty for all. */
  readonly datasets: readonly string[];
};

/** A durable of a team: made for it by the operator, since a consumer that a stranger configures could deliver anywhere. */
export type TeamDurable = {
  readonly name: string;
  readonly topic: TopicName;
  readonly filterSubjects: readonly string[];
};

/**
 * The NATS user of another team: it publishes under its own subject the topics that were granted to it, about the datasets that were
 * granted, and reads a durable for each topic that it was granted to read.
 * @throws Problem `invalid`, `conflict` when the name is taken by a service
 */
export const teamUser = (grant: TeamGrant): NatsUser => {
  const { team, datasets } = grant;
  if (installationUsers().some(({ name }) => name === team) || durableNamed(team) !== null)
    throw new Problem({
      code: "conflict",
      message: `"${team}" is the name of a service.`,
      subject: team,
      next: "Choose another name.",
    });
  const published = grant.publish.map(publishable);
  const about = datasets.length === 0 ? [null] : datasets;
  return {
    name: team,
    publish: {
      allow: [
        ...published.flatMap((topic) => about.map((dataset) => publishedSubject(team, topic, dataset))),
        ...teamDurables(grant).flatMap(({ name }) => [
          `$JS.API.CONSUMER.INFO.EVENTS.${name}`,
          `$JS.API.CONSUMER.MSG.NEXT.EVENTS.${name}`,
          `$JS.ACK.EVENTS.${name}.>`,
          ...letterRequests(name),
        ]),
      ],
    },
    subscribe: { allow: [`${inboxPrefix(team)}.>`] },
  };
};

/** The durables that a team reads, one for each topic. @throws Problem `invalid` */
export const teamDurables = ({ team, subscribe, datasets }: TeamGrant): readonly TeamDurable[] => {
  const about = datasets.length === 0 ? ["*"] : datasets;
  return subscribe.map(readable).map((topic) => {
    const name = teamDurableName(team, topic);
    const facts = about.flatMap((dataset) => subjectsOf(topic, dataset));
    return { name, topic, filterSubjects: [...facts, replaySubjects("EVENTS", name)] };
  });
};

/** `billing` reads `scan.indexed` through the durable `billing_scan_indexed`. */
const teamDurableName = (team: string, topic: TopicName): string => `${team}_${topic.replace(".", "_")}`;

const publishedSubject = (team: string, topic: TopicName, dataset: string | null): string =>
  dataset === null ? teamSubjectOf(team, topic, null).replace(/_$/, "*") : teamSubjectOf(team, topic, dataset);

const publishable = (name: string): TopicName => {
  if (isTopicName(name) && topics[name].openToTeams) return name;
  throw refused(name, "cannot be published by another team");
};

const readable = (name: string): TopicName => {
  if (isTopicName(name) && topics[name].stream === "EVENTS") return name;
  throw refused(name, "is not a fact that another team may read");
};

const refused = (name: string, why: string): Problem =>
  new Problem({ code: "invalid", message: `${name} ${why}.`, subject: name, next: "See docs/reference/events.md." });
