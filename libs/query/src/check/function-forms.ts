/** All that can be called, as it is written. */
export const functionForms = [
  "has(FIELD)",
  'has.derivative("ANALYSIS@VERSION", "OUTPUT")',
  'result("TAG", "DOCUMENT")',
  "date(TEXT)",
  'TEXT.startsWith("…")',
  'TEXT.endsWith("…")',
  'TEXT.contains("…")',
  'TEXT.matches("REGEX")',
  "LIST.size()",
  "LIST.min()",
  "LIST.max()",
  "LIST.exists(x, CONDITION)",
  "LIST.all(x, CONDITION)",
] as const;
