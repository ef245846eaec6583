/**
 * Makes a name of a text that every system takes: small letters, digits and single hyphens; empty where nothing is left.
 * @example plainName("Mein Projekt (äöü)") // mein-projekt-aou
 */
export const plainName = (text: string, maxLength = 40): string =>
  text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, maxLength)
    .replace(/^-+|-+$/g, "");
