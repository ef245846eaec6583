import type { ParsedSubject } from "./subject.ts";
import { type TopicName, topics } from "./topics.ts";

/** Who published an event: one of the services, or another team by its user's name. */
export type Publisher = { readonly kind: "service" | "team"; readonly name: string };

/** `ce-source` of what a service or team publishes. */
export const sourceHeader = (name: string): string => `rollerblade/${name}`;

/** Whether this service publishes the topic under the services' subject. */
export const publishesTopic = (service: string, topic: TopicName): boolean =>
  topics[topic].publisher === service || topics[topic].repeatedBy.includes(service);

/**
 * Who published an event, or why it is refused. The permissions of the NATS users decide who can publish on which subject; this is the
 * second lock, for a server without users or with wrong permissions, and for a service that publishes what it does not own.
 */
export const publisherOf = (
  { topic, team }: ParsedSubject,
  source: string,
): Publisher | { readonly refused: string } => {
  const { publisher, openToTeams, repeatedBy } = topics[topic];
  if (team === null) {
    const service = [publisher, ...repeatedBy].find((name) => source === sourceHeader(name));
    if (service !== undefined) return { kind: "service", name: service };
    return {
      refused: `${topic} is published by ${publisher} only, and this one names ${source || "no source"} in ce-source.`,
    };
  }
  if (!openToTeams)
    return { refused: `${topic} is published by ${publisher} only, and this one is of the team ${team}.` };
  if (source === "" || source === sourceHeader(team)) return { kind: "team", name: team };
  return { refused: `It is of the team ${team}, but names ${source} in ce-source.` };
};
