/**
 * Writes the regular expression of PostgreSQL that finds `sub-<label>` in a text, and not a longer label that begins alike. Labels hold
 * letters, digits and `+` (BIDS, "Common principles").
 */
export const mentionPattern = (subject: string): string => `sub-${subject.replaceAll("+", "\\+")}([^A-Za-z0-9+]|$)`;
