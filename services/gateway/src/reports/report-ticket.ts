import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";

const reportTicket = z.object({
  name: z.string(),
  /** Id of the token with which it was asked for, where that is limited to resources. */
  limitedToken: z.string().optional(),
  dataset: z.string(),
  /** With `/` at its end; empty for the whole dataset. */
  folder: z.string(),
  /** Seconds since 1970. */
  expires: z.int(),
});

/** What a ticket lets a browser read: the files of one folder, as far as somebody may read them at that moment. */
export type ReportTicket = z.output<typeof reportTicket>;

/** Writes a ticket as one segment of an address. What is framed in a sandbox sends no cookie, so the address itself must be enough. */
export const writeTicket = (ticket: ReportTicket, secret: string): string => {
  const text = Buffer.from(JSON.stringify(ticket)).toString("base64url");
  return `${text}.${signatureOf(text, secret)}`;
};

/** Reads a ticket; null where it is not ours, was changed, or it has expired. */
export const readTicket = (segment: string, secret: string, now = Date.now()): ReportTicket | null => {
  const [text = "", signature = "", ...rest] = segment.split(".");
  const expected = Buffer.from(signatureOf(text, secret));
  const given = Buffer.from(signature);
  if (rest.length > 0 || expected.length !== given.length || !timingSafeEqual(expected, given)) return null;
  const ticket = reportTicket.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  return ticket.expires * 1000 > now ? ticket : null;
};

/** The purpose is signed, too, so that no link to an object passes for a ticket. */
const signatureOf = (text: string, secret: string): string =>
  createHmac("sha256", secret).update(`report ${text}`).digest("base64url");
