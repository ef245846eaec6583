import { Problem } from "@rollerblade/errors";

/** A whole UUID. */
const whole = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Characters of an id that are enough to name it, as long as nothing else begins like that. */
const minLength = 4;

/** Ids that the error about an ambiguous one names. */
export const maxNamed = 5;

/** Something that an id names, in words. */
export type Named = { readonly id: string; readonly what: string };

/** What is looked for, and where a person finds its ids. */
export type Kind = { readonly name: string; readonly next: string };

/**
 * Finds the id that begins with a text, as git does. `list` answers what has ids with a beginning, in lower case; a few more than
 * `maxNamed` are enough.
 * @throws Problem `invalid` when several begin so, `not-found` when none does
 */
export const findId = async (
  { name, next }: Kind,
  text: string,
  list: (prefix: string) => Promise<readonly Named[]>,
): Promise<string> => {
  const prefix = text.toLowerCase();
  if (!/^[0-9a-f-]*$/.test(prefix) || prefix.length < minLength || prefix.length > 36)
    throw new Problem({
      code: "invalid",
      message: `"${text}" is not the id of a ${name}.`,
      subject: text,
      next: `Give its id, or at least the first ${minLength} characters of it.`,
    });
  const found = await list(prefix);
  const [first] = found;
  if (first === undefined)
    throw new Problem({
      code: "not-found",
      message: whole.test(prefix)
        ? `There is no ${name} ${text}.`
        : `There is no ${name} whose id begins with ${text}.`,
      subject: text,
      next,
    });
  if (found.length === 1) return first.id;
  const named = found.slice(0, maxNamed).map(({ id, what }) => `${id} (${what})`);
  throw new Problem({
    code: "invalid",
    message: `Several ${name}s begin with ${text}: ${named.join(", ")}${found.length > maxNamed ? " and others" : ""}.`,
    subject: text,
    next: "Give more characters of the id.",
  });
};

/** The same of a list that is known as a whole. */
export const findAmong = (kind: Kind, text: string, all: readonly Named[]): Promise<string> =>
  findId(kind, text, async (prefix) => all.filter(({ id }) => id.startsWith(prefix)));
