import { sliceBodyKey } from "@rollerblade/abids/bucket-layout";
import { type Sql, transaction } from "@rollerblade/database";
import type { MessageInitOf, ServiceEvents } from "@rollerblade/events";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent } from "@rollerblade/telemetry";

type Row = { readonly decision: string; readonly round: number; readonly message: string; readonly body: string };

type What = { readonly sql: Sql; readonly events: ServiceEvents; readonly objects: ServiceContext["objects"] };

/** Puts the bodies of large requests into the bucket, and then says the requests. Every step can be repeated. */
export const sendLarge = async ({ sql, events, objects }: What): Promise<void> => {
  for (;;) {
    const [row] = await sql<Row[]>`select decision, round, message, body from pipeline_router.large_requests limit 1`;
    if (row === undefined) return;
    const { decision, round, body } = row;
    const bytes = Buffer.from(body);
    await objects.put(sliceBodyKey(decision, round), bytes, { size: bytes.length });
    await transaction(sql, async (tx) => {
      const taken = await tx`
        delete from pipeline_router.large_requests
        where decision = ${decision} and round = ${round} and body = ${body} returning 1`;
      if (taken.length === 0) return;
      const message = messageOf(row);
      await events.emit(tx, "run.requested", message, {
        cause: contextFromTraceparent(message.slices?.[0]?.traceparent ?? ""),
      });
    });
  }
};

const messageOf = ({ decision, round, message: text }: Row): MessageInitOf<"run.requested"> => {
  const { slice, ...message } = JSON.parse(text);
  const sequence = BigInt(slice.sequence);
  return {
    ...message,
    slices: [{ ...slice, sequence, body: new Uint8Array(), bodyObject: sliceBodyKey(decision, round) }],
  };
};
