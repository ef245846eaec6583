export { crashPoint } from "./crash-point.ts";
export { createEvents } from "./create-events.ts";
export type { DeadLetter } from "./dead-letter.ts";
export { type DeadLetterPage, type DeadLetters, deadLetters } from "./dead-letters.ts";
export {
  areManySources,
  type SourcesStore,
  sourceDatasetsOf,
  sourcesObject,
  withSources,
  withSourcesIn,
} from "./derivative-sources.ts";
export type { Drift } from "./drift.ts";
export { ensureTopology, type TopologyReport } from "./ensure-topology.ts";
export { eventIdOf, newEventId } from "./event-id.ts";
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
export { HandlingFailure, permanent, retryable } from "./failure.ts";
export {
  type Apply,
  type Handler,
  type Handlers,
  type PreparedHandler,
  prepared,
  type Subscription,
  type TwoSteps,
} from "./handlers.ts";
export { inspectTopology, type TopologyInspection } from "./inspect-topology.ts";
export { connectNats } from "./nats-connection.ts";
export { type AnyEmission, type Emission, maxBody } from "./outbox.ts";
export { type PublishOptions, publish } from "./publish.ts";
export type { Cause, Received } from "./received.ts";
export type { EventsOptions, RunningEvents, ServiceEvents } from "./service-events.ts";
export { parseSubject, subjectOf, subjectsOf } from "./subject.ts";
export { type Listening, type SubscribeOptions, subscribe } from "./subscribe.ts";
export { isTopicName, type MessageInitOf, type MessageOf, type TopicName, topicNames, topics } from "./topics.ts";
export { type DurableDeclaration, type StreamDeclaration, type Topology, topology } from "./topology.ts";
export { type StreamFigures, streamFigures } from "./watch/stream-figures.ts";
export { firstSequence, type Wanted, watchEvents } from "./watch/watch-events.ts";
export type { Watched, WatchedEvent } from "./watch/watched-event.ts";
