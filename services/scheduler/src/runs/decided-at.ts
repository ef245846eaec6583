/**
 * Returns when a decision was made. A UUIDv7 begins with its Unix time in milliseconds (RFC 9562, section 5.7); of any other UUID
 * only the time of the request is known. A task stops when something it is about was withdrawn after that moment.
 */
export const decidedAt = (decision: string, requested: Date): Date => {
  const hex = decision.replaceAll("-", "");
  // The thirteenth digit is the version.
  if (hex[12] !== "7") return requested;
  return new Date(Number.parseInt(hex.slice(0, 12), 16));
};
