import { Problem } from "@rollerblade/errors";

/** Flags for what is asked most; each may come more than once, and one of its values is enough. */
export type SimpleConditions = {
  readonly dataset?: readonly string[];
  readonly subject?: readonly string[];
  readonly session?: readonly string[];
  readonly suffix?: readonly string[];
  readonly datatype?: readonly string[];
  readonly task?: readonly string[];
  readonly run?: readonly string[];
  readonly acq?: readonly string[];
  readonly sex?: readonly string[];
  /** `20..30`, `20..`, `..30` or `25`: years, both ends included. */
  readonly age?: string;
  /** An analysis, like `brain-mask@1`. */
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
};

const fields = [
  ["dataset", "dataset.name"],
  ["subject", "subject.label"],
  ["session", "session.label"],
  ["suffix", "scan.suffix"],
  ["datatype", "scan.datatype"],
  ["task", "scan.entities.task"],
  ["run", "scan.entities.run"],
  ["acq", "scan.entities.acq"],
  ["sex", "subject.sex"],
] as const;

const oneOf = (field: string, values: readonly (string | number)[]): string => {
  const [only] = values;
  if (values.length === 1) return `${field} == ${JSON.stringify(only)}`;
  return `${field} in [${values.map((value) => JSON.stringify(value)).join(", ")}]`;
};

/** `1`, `01` and `run-1` are one index: it is a number. @throws Problem `invalid` for what is none */
const indexOf = (value: string): number => {
  const [, digits] = /^(?:run-)?([0-9]{1,15})$/.exec(value) ?? [];
  if (digits !== undefined) return Number(digits);
  throw new Problem({
    code: "invalid",
    message: `"${value}" is not the number of a run.`,
    subject: "--run",
    next: "Write a whole number, like --run 1, which finds run-1 and run-01.",
  });
};

const range = /^(\d+(?:\.\d+)?)?(?:(\.\.)(\d+(?:\.\d+)?)?)?$/;

const ageBetween = (text: string): string[] => {
  const [, from, dots, to] = range.exec(text) ?? [];
  if (from === undefined && to === undefined)
    throw new Problem({
      code: "invalid",
      message: `"${text}" is not a range of ages.`,
      subject: "--age",
      next: "Write years like 20..30, 20.., ..30 or 25.",
    });
  // Somebody of 25.7 years is 25.
  if (dots === undefined) return [`session.age >= ${from}`, `session.age < ${Number(from) + 1}`];
  return [
    ...(from === undefined ? [] : [`session.age >= ${from}`]),
    ...(to === undefined ? [] : [`session.age <= ${to}`]),
  ];
};

const literalsOf = (name: string, value: string): readonly string[] =>
  name === "sex" ? spellingsOf(value) : [labelOf(name, value)];

const labelOf = (name: string, value: string): string =>
  name === "subject" ? value.replace(/^sub-/, "") : name === "session" ? value.replace(/^ses-/, "") : value;

/** Spellings that BIDS allows for each sex ("Participants file"); tables have all of them. */
const sexes = [
  ["male", "m", "M", "MALE", "Male"],
  ["female", "f", "F", "FEMALE", "Female"],
  ["other", "o", "O", "OTHER", "Other"],
] as const;

/** All spellings of what is meant, so that `--sex female` also finds an `F`. @throws Problem `invalid` for what is none */
const spellingsOf = (sex: string): readonly string[] => {
  const spellings = sexes.find((all) => all.some((one) => one === sex || one === sex.toLowerCase()));
  if (spellings !== undefined) return spellings;
  throw new Problem({
    code: "invalid",
    message: `"${sex}" is not a sex that BIDS knows.`,
    subject: "--sex",
    next: "Write male, female or other, or ask with `subject.sex == …` for what a table says.",
  });
};

/**
 * An expression that is true where all flags and the expression are. @throws Problem `invalid` for ages that are none
 */
export const withConditions = (expression: string, flags: SimpleConditions): string => {
  const byField = fields.flatMap(([name, field]) => {
    const values = flags[name];
    return values === undefined
      ? []
      : [oneOf(field, name === "run" ? values.map(indexOf) : values.flatMap((value) => literalsOf(name, value)))];
  });
  const derived = (flags.has ?? []).map((analysis) => `has.derivative(${JSON.stringify(analysis)})`);
  const withoutDerivative = (flags.lacks ?? []).map((analysis) => `!has.derivative(${JSON.stringify(analysis)})`);
  const all = [...byField, ...(flags.age === undefined ? [] : ageBetween(flags.age)), ...derived, ...withoutDerivative];
  if (expression.trim() === "") return all.join(" && ");
  return all.length === 0 ? expression : [...all, `(${expression})`].join(" && ");
};
