/** Texts by which a source names people, prepared for a search. */
export type PrivateTexts = {
  /** Whole values in lower case, which may stand anywhere within another text. */
  readonly values: ReadonlySet<string>;
  /** Letters and digits of longer values, as they would be in a label: `Doe^Jane` is `doejane`. */
  readonly labels: ReadonlySet<string>;
  /** Parts of values that stand for themselves, such as the family name of `Doe^Jane`. */
  readonly words: ReadonlySet<string>;
};

/** Shorter values, such as a study id of 1, stand in too many other texts by chance. */
const minValueLength = 4;

/** Shorter labels stand in longer words by chance. */
const minLabelLength = 6;

/** Parts of names in Asia have two letters. */
const minWordLength = 2;

/** Words that stand in places of names, and say nothing of anyone. */
const commonWords: ReadonlySet<string> = new Set([
  ...[
    "anonymous",
    "anonymized",
    "anonymised",
    "anon",
    "none",
    "unknown",
    "null",
    "removed",
    "deidentified",
    "no",
    "name",
  ],
  ...[
    "brain",
    "head",
    "mr",
    "mri",
    "dr",
    "prof",
    "the",
    "of",
    "for",
    "and",
    "de",
    "van",
    "von",
    "patient",
    "test",
    "ep",
  ],
  ...[
    "department",
    "hospital",
    "center",
    "centre",
    "imaging",
    "institute",
    "university",
    "subject",
    "phantom",
    "first",
  ],
]);

/** Prepares texts that must not be in an output. Values with a caret are names (DICOM, PN), whose parts count too. */
export const privateTexts = (texts: Iterable<string>): PrivateTexts => {
  const [values, words, labels] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const text of texts) {
    const value = text.trim().toLowerCase();
    if (value.length >= minValueLength && !commonWords.has(value) && !/^0+$/.test(value)) values.add(value);
    if (values.has(value) && squeezed(value).length >= minLabelLength) labels.add(squeezed(value));
    if (!value.includes("^")) continue;
    for (const word of value.split(/[\^\s=,]+/))
      if (word.length >= minWordLength && !commonWords.has(word) && !/^\d+$/.test(word)) words.add(word);
  }
  return { values, words, labels };
};

/** Whether a text holds a private one: a whole value anywhere in it, or a part of a name as a word of its own. */
export const holdsPrivate = ({ values, words, labels }: PrivateTexts, text: string): boolean => {
  const lower = text.toLowerCase();
  for (const value of values) if (lower.includes(value)) return true;
  if (labels.size > 0)
    for (const part of lower.split(/[\s_/]+/)) {
      const label = squeezed(part);
      for (const one of labels) if (label.includes(one)) return true;
    }
  return words.size > 0 && lower.split(/[^\p{L}\p{N}]+/u).some((word) => words.has(word));
};

const squeezed = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, "");
