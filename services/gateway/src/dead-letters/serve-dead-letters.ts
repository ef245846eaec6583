import { type DeadLetterEntry, gatewayRoutes } from "@rollerblade/client";
import { type DeadLetters, deadLetters } from "@rollerblade/events";
import { implement, type ServiceContext } from "@rollerblade/service-kit";
import type { Nats } from "../nats.ts";
import { requireAdministrator } from "../require-administrator.ts";
import { groupLetters, isAlike } from "./group-letters.ts";

/** Letters that are looked at for groups: each is a question to the server of some 0.2 ms. */
const maxLetters = 10_000;

/** Letters that are read at once. */
const pageSize = 1_000;

/** What people do with events that could not be handled; for administrators, since the bodies are everybody's. */
export const serveDeadLetters = (context: ServiceContext, nats: Nats): void => {
  const open = async (): Promise<DeadLetters> => deadLetters(await nats.get());

  implement(context, gatewayRoutes.listDeadLetters, async ({ principal, query }) => {
    requireAdministrator(principal);
    const { items, next } = await (await open()).list(query);
    return { items: [...items], next };
  });

  implement(context, gatewayRoutes.groupDeadLetters, async ({ principal }) => {
    requireAdministrator(principal);
    const { letters, more } = await readLetters(await open());
    return { items: groupLetters(letters), more };
  });

  implement(context, gatewayRoutes.showDeadLetter, async ({ principal, params }) => {
    requireAdministrator(principal);
    return (await open()).show(params.id);
  });

  implement(context, gatewayRoutes.replayDeadLetter, async ({ principal, params }) => {
    requireAdministrator(principal);
    await (await open()).replay(params.id);
    return undefined;
  });

  implement(context, gatewayRoutes.replayDeadLetters, async ({ principal, body }) => {
    requireAdministrator(principal);
    const store = await open();
    const ids = await idsLike(store, body.like);
    if (!body.dryRun) for (const id of ids) await store.replay(id);
    return { letters: ids.length };
  });

  implement(context, gatewayRoutes.discardDeadLetters, async ({ principal, body }) => {
    requireAdministrator(principal);
    const store = await open();
    const ids = body.only ? [(await store.show(body.like)).id] : await idsLike(store, body.like);
    if (body.dryRun) return { letters: ids.length };
    for (const id of ids) await store.discard(id);
    context.log.warn({ letters: ids, reason: body.reason, by: principal.name }, "dead letters were discarded");
    return { letters: ids.length };
  });
};

const readLetters = async (
  store: DeadLetters,
): Promise<{ readonly letters: DeadLetterEntry[]; readonly more: boolean }> => {
  const letters: DeadLetterEntry[] = [];
  let after: string | null = null;
  do {
    const page = await store.list({ limit: pageSize, ...(after === null ? {} : { after }) });
    letters.push(...page.items.map((letter) => ({ ...letter, headers: { ...letter.headers } })));
    after = page.next;
  } while (after !== null && letters.length < maxLetters);
  return { letters, more: after !== null };
};

/** Ids of a letter and of all that its consumer gave up for the same cause. @throws Problem `not-found` */
const idsLike = async (store: DeadLetters, id: string): Promise<string[]> => {
  const letter = await store.show(id);
  const { letters } = await readLetters(store);
  return letters.filter((other) => isAlike(letter, other)).map((other) => other.id);
};
