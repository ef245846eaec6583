/** How many characters of one value are shown. */
const maxCharacters = 2_000;

/** A value as a person reads it. */
export const valueText = (value: unknown): string => {
  const text =
    typeof value === "string" ? value : Array.isArray(value) ? value.map(valueText).join(", ") : JSON.stringify(value);
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters)} …` : text;
};
