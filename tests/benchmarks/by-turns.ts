import { quantile } from "./queries/measure.ts";

/** Requests at once of one round. */
const atOnce = 4;

/** A request that two sides are asked. */
export type Asked = { readonly method?: string; readonly path: string; readonly body?: object };

/** Whom a request goes to, and as whom. */
export type Side = { readonly url: string; readonly token: string };

/** Milliseconds until the answer was read. */
const ask = async ({ path, body, method = body === undefined ? "GET" : "POST" }: Asked, { url, token }: Side) => {
  const sent = performance.now();
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`${path} was answered with ${answer.status}`);
  return performance.now() - sent;
};

/** Both sides by turns, so that whatever else the machine does falls on both. */
const measure = async (one: Asked, sides: readonly [Side, Side], rounds: number) => {
  const [first, second] = sides.map((side) => ({ side, times: [] as number[], ms: 0 }));
  if (first === undefined || second === undefined) throw new Error("There are two sides.");
  for (const side of sides) await ask(one, side);
  for (let round = 0; round < rounds; round += 1)
    for (const now of round % 2 === 0 ? [first, second] : [second, first]) {
      const started = performance.now();
      now.times.push(...(await Promise.all(Array.from({ length: atOnce }, () => ask(one, now.side)))));
      now.ms += performance.now() - started;
    }
  const measured = ({ times, ms }: typeof first) => ({
    rate: (times.length / ms) * 1000,
    p99: quantile(times, 0.99),
    ms,
  });
  return [measured(first), measured(second)] as const;
};

/**
 * Asks a side that does something and one that does not the same requests.
 * @returns a row of rates and p99 for each request, and by how many percent the first side is slower in all
 */
export const compareByTurns = async (
  asked: Readonly<Record<string, Asked>>,
  sides: readonly [withIt: Side, without: Side],
  rounds: number,
) => {
  const rows: Record<string, Record<string, number>> = {};
  const totals = { withIt: 0, without: 0 };
  for (const [name, one] of Object.entries(asked)) {
    const [withIt, without] = await measure(one, sides, rounds);
    totals.withIt += withIt.ms;
    totals.without += without.ms;
    rows[name] = {
      "with, requests/s": Math.round(withIt.rate),
      "without, requests/s": Math.round(without.rate),
      "slower, %": Number(((without.rate / withIt.rate - 1) * 100).toFixed(1)),
      "with, p99 ms": Number(withIt.p99.toFixed(1)),
      "without, p99 ms": Number(without.p99.toFixed(1)),
    };
  }
  const slower = Number(((totals.withIt / totals.without - 1) * 100).toFixed(1));
  return { rows, slower, requests: rounds * atOnce };
};
