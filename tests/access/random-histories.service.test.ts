import { accountsRoutes, createHttpClient } from "@rollerblade/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { catalog } from "../../services/catalog/src/index.ts";
import { pipelineRouter } from "../../services/pipeline-router/src/index.ts";
import { scheduler } from "../../services/scheduler/src/index.ts";
import { tagger } from "../../services/tagger/src/index.ts";
import { type ServicesWorld, startServicesWorld } from "../service/services-world.ts";
import { AccessModel } from "./access-model.ts";
import { allowed, HistoryPlayer } from "./history-player.ts";
import { credentials, historyOf, names, people } from "./history-steps.ts";
import { ways } from "./what-people-see.ts";

/**
 * A random history of claims, grants that end, groups, transfers, deletions, sign-ins and work: after each step everybody sees and may do what
 * a naive model says. `ACCESS_STEPS=10000 ACCESS_SEED=7 npx vitest run --project service tests/access/random-histories` plays a long one, and
 * with `ACCESS_EVERY=3` each person looks by each way after every third step.
 */
const steps = Number(process.env.ACCESS_STEPS ?? 60);
const seed = Number(process.env.ACCESS_SEED ?? Date.now() % 1_000_000);
const every = Number(process.env.ACCESS_EVERY ?? 1);

let world: ServicesWorld;

beforeAll(async () => {
  world = await startServicesWorld([catalog, scheduler, pipelineRouter, tagger]);
});
afterAll(() => world.stop());

/** Whether a token is let in at all. */
const isLetIn = (token: string): Promise<boolean> =>
  allowed(createHttpClient({ url: world.url("accounts"), token }).call(accountsRoutes.me, {}));

/** Who owns a document is known to the tagger by an event; everything else counts from the next request on. */
const eventually = { timeout: 10_000, interval: 20 };

test("after each step of a random history everybody sees and may do what the model says", {
  timeout: 10_800_000,
}, async () => {
  const model = new AccessModel();
  const player = new HistoryPlayer(world, model);
  await player.begin();
  const history = historyOf(steps, seed);
  const begin = performance.now();
  const counts = { comparisons: 0, rows: 0, letIn: 0, refused: 0, limited: 0 };
  for (const [index, one] of history.entries()) {
    const where = `step ${index} of seed ${seed}, ${JSON.stringify(one)}`;
    await player.play(one).catch((cause: unknown) => {
      throw new Error(`At ${where}`, { cause });
    });
    await Promise.all(
      people.map(async (person, at) => {
        const credential = credentials[(index + at) % credentials.length] ?? "session";
        const good = player.isGood(person, credential);
        expect(await isLetIn(player.tokenOf(person, credential)), `${person}'s ${credential} after ${where}`).toBe(
          good,
        );
        counts[good ? "letIn" : "refused"] += 1;
        const reader = player.readerOf(person, index);
        if (reader === null) return;
        const { clientOf, limits } = reader;
        const look = { model, person, clientOf, dataset: names[(index + at) % names.length] ?? "one" };
        const looked = Object.entries(ways).filter((_, number) => (number + index + at) % every === 0);
        for (const [name, way] of looked) {
          counts.comparisons += 1;
          if (limits !== null && way.wholeAccount === true) {
            expect(await allowed(way.shown(look)), `${name} of ${person} after ${where}`).toBe(false);
            continue;
          }
          const expected = model.through(limits, () => way.expected(look));
          if (limits !== null) counts.limited += 1;
          counts.rows += expected.length;
          const about = `${name} of ${person} after ${where}`;
          if (way.later === true)
            await expect.poll(() => way.shown(look), { ...eventually, message: about }).toEqual(expected);
          else expect(await way.shown(look), about).toEqual(expected);
        }
      }),
    );
  }
  const did = [...Map.groupBy(history, (one) => one.do)].map(([what, { length }]) => `${length} × ${what}`).join(", ");
  process.stdout.write(
    `random histories: ${history.length} steps of seed ${seed} (${did}), ${counts.comparisons} comparisons by ${Object.keys(ways).length} ways, ${counts.rows} rows shown, ${counts.limited} comparisons through limited tokens, tokens let in ${counts.letIn} times and refused ${counts.refused} times, 0 differences, ${((performance.now() - begin) / history.length).toFixed(0)} ms a step\n`,
  );
  expect(counts.rows).toBeGreaterThan(0);
  expect(counts.refused).toBeGreaterThan(0);
  expect(counts.limited).toBeGreaterThan(0);
});
