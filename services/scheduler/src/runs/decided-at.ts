/**
 * When a decision was made: a UUIDv7 begins with its time (RFC 9562, section 5.7); of any other only the request's own time is
 * known. What was withdrawn later stops it.
 */
export const decidedAt = (decision: string, requested: Date): Date => {
  const hex = decision.replaceAll("-", "");
  if (hex[12] !== "7") return requested;
  return new Date(Number.parseInt(hex.slice(0, 12), 16));
};
