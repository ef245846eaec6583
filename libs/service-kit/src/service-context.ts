import type { HttpClient } from "@rollerblade/client";
import type { Sql } from "@rollerblade/database";
import type { ErasingEvents } from "@rollerblade/events";
import type { ObjectStore } from "@rollerblade/object-store";
import type { Logger, Registry } from "@rollerblade/telemetry";
import type { FastifyRequest } from "fastify";
import type { Identity } from "./access.ts";
import type { Http } from "./http.ts";
import type { PeriodicOptions } from "./periodic.ts";
import type { Action, OnBehalfOf, Principal, Resource, ResourceKind } from "./principal.ts";
import type { ServiceName } from "./service-name.ts";
import type { CommonSettings } from "./settings.ts";

/** Everything that a service is given; it lives as long as the service does. */
export type ServiceContext<Config = unknown> = {
  readonly name: ServiceName;
  /** The service's own settings, parsed. */
  readonly config: Config;
  readonly settings: CommonSettings;
  readonly log: Logger;
  /** The service's own pool; always write schema-qualified names. */
  readonly sql: Sql;
  readonly objects: ObjectStore;
  readonly events: ErasingEvents;
  /** For routes that `implement` cannot express: streams, server-sent events, files. */
  readonly http: Http;
  /** Metrics of this service, served at `/metrics`. */
  readonly registry: Registry;
  /** Aborts when stopping begins. */
  readonly signal: AbortSignal;
  /**
   * A client of another service. It speaks as this service, which may do everything there, or for the person in `onBehalfOf`, whose
   * rights then apply there, within the limits of the token with which they asked.
   */
  peer(service: ServiceName, onBehalfOf?: OnBehalfOf): HttpClient;
  /** Where another service listens. @throws Problem `unavailable` when its address is not configured, or it does not listen yet */
  peerUrl(service: ServiceName): string;
  /** Who sends this request. @throws Problem `unauthenticated` */
  authenticate(request: FastifyRequest): Promise<Principal>;
  /**
   * Who sends this request, read anew, for an answer that goes on for long. The token of a service counts until the answer ends.
   * @throws Problem `unauthenticated` when the token was revoked or has expired meanwhile
   */
  authenticateAgain(request: FastifyRequest): Promise<Principal>;
  /**
   * Lets pass who may. @throws Problem `unauthenticated`, `not-found` for who may not read it, which never tells whether the resource
   * exists, or `forbidden` for who may read it and not do this
   */
  authorize(who: FastifyRequest | Principal, action: Action, resource: Resource): Promise<Principal>;
  /** Names of the resources that somebody may find and read; with `among` only of these, which spares reading all others. */
  readable(who: Principal, kind: ResourceKind, among?: readonly string[]): Promise<"all" | string[]>;
  /** What has a name now, with the id by which to act on it; null where nothing has. */
  identify(resource: Resource): Promise<Identity | null>;
  /**
   * Does `work` at start and then every `intervalMs`, one turn at a time; with a channel also at each of its notifications, from
   * whichever replica. What it throws is logged, and the next turn comes with a back-off.
   *
   *     every("settle", 5_000, () => settleResults(sql), { channel: "rollerblade_tagger_settle" });
   */
  every(name: string, intervalMs: number, work: () => Promise<void>, options?: PeriodicOptions): void;
  /** Begins the next turn of that periodic work now, or at the end of the one that is going on. */
  trigger(name: string): void;
  /** Does `work` while nobody else does any under this name, in whichever replica. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Runs when the service has stopped listening and consuming, the last registered first. */
  onStop(work: () => Promise<void>): void;
};
