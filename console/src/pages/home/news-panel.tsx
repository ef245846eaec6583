import { taggerRoutes } from "@rollerblade/client";
import { useState } from "react";
import { Link } from "react-router";
import { z } from "zod";
import { useSession } from "../../api/session.ts";
import { useRoute } from "../../api/use-route.ts";
import { Answer } from "../../parts/answer.tsx";
import { count, moment, plural } from "../../parts/format.ts";
import { type Visit, visitAt } from "./last-visit.ts";

/** Results that are counted; where there are more, so it is said. */
const maxResults = 200;

const storedVisit = z.object({ seenAt: z.number(), before: z.number().nullable() });

/** This visit of somebody, which this browser remembers. Without its memory each visit is the first. */
const noteVisit = (user: string): Visit => {
  const key = `rollerblade visit ${user}`;
  try {
    const stored = storedVisit.safeParse(JSON.parse(window.localStorage.getItem(key) ?? "null"));
    const visit = visitAt(stored.data ?? null, Date.now());
    window.localStorage.setItem(key, JSON.stringify(visit));
    return visit;
  } catch {
    return visitAt(null, Date.now());
  }
};

/** What has come since the last visit: results by dataset and tag. */
export const NewsPanel = () => {
  const user = useSession().data?.user?.name ?? "";
  const [{ before }] = useState(() => noteVisit(user));
  const since = before === null ? undefined : new Date(before).toISOString();
  const asked = useRoute(taggerRoutes.listResults, { query: { limit: maxResults, since } });
  return (
    <section className="panel" aria-labelledby="home-news">
      <h2 id="home-news">{since === undefined ? "Results" : `Results since ${moment(since)}`}</h2>
      <Answer asked={asked}>
        {({ items, next }) => {
          const byDataset = Map.groupBy(items, ({ dataset }) => dataset);
          return (
            <>
              {items.length === 0 && <p>{since === undefined ? "None yet." : "Nothing new."}</p>}
              <ul className="rows">
                {[...byDataset].map(([dataset, results]) => (
                  <li key={dataset}>
                    <Link to={`/results?dataset=${encodeURIComponent(dataset)}`}>{dataset}</Link>{" "}
                    <span className="faint">{plural(results.length, "result")}</span>
                    <br />
                    {[...Map.groupBy(results, ({ title }) => title)]
                      .map(([title, ofTag]) => `${title} (${count(ofTag.length)})`)
                      .join(", ")}
                  </li>
                ))}
              </ul>
              {next !== null && <p className="faint">… and more.</p>}
            </>
          );
        }}
      </Answer>
    </section>
  );
};
