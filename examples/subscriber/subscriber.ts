/** Another team's service: it counts what was made in each dataset, for the bill. It needs the address of NATS and nothing else. */
import { subscribe } from "@rollerblade/events";

const url = process.env.ROLLERBLADE_NATS_URL ?? "nats://127.0.0.1:4222";
const made = new Map<string, number>();

await subscribe("derivative.created", { durable: "billing", url }, (event) => {
  const { dataset = "?", analysis, size } = event.message.derivative ?? {};
  made.set(dataset, (made.get(dataset) ?? 0) + 1);
  console.log(`${dataset}: ${analysis} made ${size} bytes, ${made.get(dataset)} in all (${event.id})`);
});
