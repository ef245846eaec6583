import { type Rating, ratingRoutes } from "@rollerblade/client";
import { cursorText, implement, pageOf, type RouteContext, readCursor, writeCursor } from "@rollerblade/service-kit";
import { z } from "zod";
import { type RatingContext, rateImage } from "../ratings/rate-image.ts";

/** Serves the ratings of images. */
export const serveRatings = (scheduler: RouteContext & RatingContext): void => {
  implement(scheduler, ratingRoutes.rate, async ({ principal, params: { dataset }, body: { path, verdict, note } }) =>
    rateImage(scheduler, principal, { dataset, path, verdict, note: note ?? null }),
  );
  implement(scheduler, ratingRoutes.withdrawRating, async ({ principal, params: { dataset }, query: { path } }) =>
    rateImage(scheduler, principal, { dataset, path, verdict: null, note: null }),
  );
  implement(scheduler, ratingRoutes.listRatings, async ({ principal, params: { dataset }, query }) => {
    await scheduler.authorize(principal, "read", { kind: "dataset", name: dataset });
    const [path = "", rater = ""] =
      query.after === undefined ? [] : readCursor(query.after, z.tuple([cursorText, cursorText]));
    const { suffix = null, limit } = query;
    const rows = await scheduler.sql<(Omit<Rating, "ratedAt"> & { ratedAt: Date })[]>`
      select path, rater, verdict, note, rated_at from scheduler.ratings
      where dataset = ${dataset} and (path, rater) > (${path}, ${rater}) and (${suffix}::text is null or suffix = ${suffix})
      order by path, rater limit ${limit + 1}`;
    const { items, next } = pageOf(rows, limit, (one) => writeCursor([one.path, one.rater]));
    return { items: items.map((one) => ({ ...one, ratedAt: one.ratedAt.toISOString() })), next };
  });
};
