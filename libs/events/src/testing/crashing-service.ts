/** A service of a test in a process of its own, that a crash point kills. */
import { testService } from "./test-service.ts";
import { topologyOf } from "./topology-of.ts";

const { DATABASE: databaseUrl = "", NATS: natsUrl = "", NAME: name = "" } = process.env;

const one = await testService({ databaseUrl, natsUrl, name, topology: topologyOf({ name }) });
one.events.subscribe({
  durable: name,
  batch: 20,
  handlers: {
    "scan.uploaded": async (events, tx) => {
      await tx`insert into ${tx(name)}.effect (event_id, path) select * from unnest(
        ${events.map((event) => event.id)}::text[], ${events.map((event) => event.message.path)}::text[])`;
    },
  },
});
await one.events.start();
