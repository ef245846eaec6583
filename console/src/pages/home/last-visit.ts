/** Milliseconds without a look after which the next one is another visit: less is a break. */
const breakMs = 3_600_000;

/** When somebody was here last, and when the visit before this one ended; in milliseconds since 1970. */
export type Visit = { readonly seenAt: number; readonly before: number | null };

/** The visit that a look belongs to: the one that was written down, or a new one after a break. */
export const visitAt = (stored: Visit | null, now: number): Visit => {
  if (stored === null) return { seenAt: now, before: null };
  return { seenAt: now, before: now - stored.seenAt > breakMs ? stored.seenAt : stored.before };
};
