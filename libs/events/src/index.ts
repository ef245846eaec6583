export { timestampFromDate } from "@bufbuild/protobuf/wkt";
export { HandlingFailure, permanent, retryable } from "./consume/failure.ts";
export {
  type Apply,
  type Handler,
  type Handlers,
  type PreparedHandler,
  prepared,
  type Subscription,
  type TwoSteps,
} from "./consume/handlers.ts";
export type { Cause, Received } from "./consume/received.ts";
export { type Listening, type SubscribeOptions, subscribe } from "./consume/subscribe.ts";
export { crashPoint } from "./crash-point.ts";
export { createEvents } from "./create-events.ts";
export type { DeadLetter } from "./dead-letters/dead-letter.ts";
export { type DeadLetterPage, type DeadLetters, deadLetters } from "./dead-letters/dead-letters.ts";
export {
  areManySources,
  type SourcesStore,
  sourceDatasetsOf,
  sourcesObject,
  withSources,
  withSourcesIn,
} from "./derivative-sources.ts";
export { eraseOutbox } from "./erasure/erase-outbox.ts";
export type { StreamErasure } from "./erasure/erase-streams.ts";
export { erasureHandlers } from "./erasure/erasure-handlers.ts";
export { type Erased, mentions } from "./erasure/mentions.ts";
export {
  derivativeFactsFromMessage,
  derivativeFactsToMessage,
  fileFactFromMessage,
  fileFactToMessage,
  scanFactsFromMessage,
  scanFactsToMessage,
  sliceRefFromMessage,
  sliceRefToMessage,
  sourceFromMessage,
  sourceToMessage,
  toStruct,
} from "./facts.ts";
export { connectNats } from "./nats/nats-connection.ts";
export { ensureTeamDurables } from "./permissions/ensure-team-durables.ts";
export { type NatsUser, operator } from "./permissions/nats-user.ts";
export { installationUsers } from "./permissions/service-users.ts";
export { type TeamGrant, teamDurables, teamUser } from "./permissions/team-user.ts";
export { type NatsUserWithKey, usersConfiguration } from "./permissions/users-configuration.ts";
export { type AnyEmission, type Emission, maxBody } from "./publish/outbox.ts";
export { type PublishOptions, publish } from "./publish/publish.ts";
export type { ErasingEvents, EventsOptions, RunningEvents, ServiceEvents } from "./service-events.ts";
export { eventHeaders } from "./topics/event-headers.ts";
export { eventIdOf, newEventId } from "./topics/event-id.ts";
export type { Publisher } from "./topics/publisher.ts";
export { parseSubject, subjectOf, subjectsOf } from "./topics/subject.ts";
export {
  isTopicName,
  type MessageInitOf,
  type MessageOf,
  type TopicName,
  topicNames,
  topics,
} from "./topics/topics.ts";
export type { Drift } from "./topology/drift.ts";
export { ensureTopology, type TopologyReport } from "./topology/ensure-topology.ts";
export { inspectTopology, type TopologyInspection } from "./topology/inspect-topology.ts";
export { type DurableDeclaration, type StreamDeclaration, type Topology, topology } from "./topology/topology.ts";
export { type StreamFigures, streamFigures } from "./watch/stream-figures.ts";
export { firstSequence, type Wanted, watchEvents } from "./watch/watch-events.ts";
export type { Watched, WatchedEvent } from "./watch/watched-event.ts";
