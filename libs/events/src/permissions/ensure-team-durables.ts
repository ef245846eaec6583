import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { foreignDurable } from "../topology/foreign-durable.ts";
import { foundOrNull } from "../topology/found-or-null.ts";
import { consumerConfig } from "../topology/nats-config.ts";
import { type TeamGrant, teamDurables } from "./team-user.ts";

/**
 * Makes the durables that a team reads, as the operator; one that is there gets the filter of this grant.
 * @throws Problem `invalid`
 */
export const ensureTeamDurables = async (connection: NatsConnection, grant: TeamGrant): Promise<void> => {
  const manager = await jetstreamManager(connection);
  for (const { name, topic, filterSubjects } of teamDurables(grant)) {
    const config = { ...consumerConfig(foreignDurable(name, [topic])), filter_subjects: [...filterSubjects] };
    const there = await foundOrNull(manager.consumers.info("EVENTS", name));
    if (there === null) await manager.consumers.add("EVENTS", config);
    else await manager.consumers.update("EVENTS", name, config);
  }
};
