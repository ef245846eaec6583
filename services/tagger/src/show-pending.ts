import type { DerivativeFacts } from "@rollerblade/analysis";
import { Problem } from "@rollerblade/errors";
import { sliceRefToMessage } from "@rollerblade/events";
import type { Show } from "@rollerblade/pipeline";
import type { ServiceContext } from "@rollerblade/service-kit";
import { contextFromTraceparent, withSpan } from "@rollerblade/telemetry";
import { needsFile, type Taken, takeOut } from "./take-out.ts";

/** Largest file that a value or table is taken out of, in bytes. */
const largestFile = 8 * 2 ** 20;

/** Results that are worked on at once. */
const atOnce = 16;

type Pending = {
  readonly id: string;
  readonly document: string;
  readonly tag: string;
  readonly facts: DerivativeFacts;
  readonly show: Show;
  readonly traceparent: string | null;
};

/** Takes values out of files until nothing is pending. Two replicas may both read a file; only one of them shows the result. */
export const showPending = async (context: ServiceContext): Promise<void> => {
  for (let after = "00000000-0000-0000-0000-000000000000"; !context.signal.aborted; ) {
    const pending = await context.sql<Pending[]>`
      select r.id, r.document, r.tag, d.facts, t.show, d.traceparent
      from tagger.results r
      join tagger.derivatives d on d.id = r.derivative and not d.gone
      join tagger.tags t on t.document = r.document and t.tag = r.tag and t.analysis = d.analysis
        and t.version = d.version and t.parameters_hash = d.parameters_hash
      where r.state = 'pending' and r.id > ${after}
      order by r.id limit ${atOnce}`;
    const last = pending.at(-1);
    if (last === undefined) return;
    await Promise.all(pending.map((one) => showOne(context, one)));
    after = last.id;
  }
};

const showOne = (context: ServiceContext, pending: Pending): Promise<void> => {
  const parent = contextFromTraceparent(pending.traceparent ?? "");
  const attributes = { "rollerblade.tag": pending.tag, "rollerblade.dataset": pending.facts.dataset };
  return withSpan("tag result", { parent, attributes }, async () => {
    const taken = await readAndTake(context, pending);
    if (taken !== "later") await record(context, pending, taken);
  });
};

/** `later` while the store cannot do its work. */
const readAndTake = async (context: ServiceContext, { facts, show }: Pending): Promise<Taken | "later"> => {
  if (!needsFile(show)) return { kind: "nothing" };
  if (facts.size > largestFile) {
    return {
      kind: "unreadable",
      problem: `${facts.path} is ${facts.size} bytes long; ${largestFile} are read at most.`,
    };
  }
  try {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await context.objects.get(`datasets/${facts.dataset}/${facts.path}`)) chunks.push(chunk);
    return takeOut(show, facts.path, Buffer.concat(chunks));
  } catch (error) {
    const problem = Problem.from(error);
    if (problem.code === "not-found") return { kind: "unreadable", problem: `${facts.path} is not in the bucket.` };
    context.log.warn({ err: error, path: facts.path }, "a result waits for the object store");
    return "later";
  }
};

const record = ({ sql, events }: ServiceContext, { id, document, tag, facts }: Pending, taken: Taken): Promise<void> =>
  sql.begin(async (tx) => {
    const state = taken.kind === "unreadable" ? "unreadable" : "shown";
    const problem = taken.kind === "unreadable" ? taken.problem : "";
    const written = await tx`
      update tagger.results
      set state = ${state}, taken = ${JSON.stringify(taken)}::text::json, problem = ${problem}, tagged_at = now()
      where id = ${id} and state = 'pending' returning id`;
    if (written.length === 0) return;
    const slice = sliceRefToMessage(facts.slice);
    await events.emit(tx, "result.tagged", {
      result: id,
      dataset: facts.dataset,
      document,
      tag,
      slice,
      derivative: facts.id,
    });
  });
