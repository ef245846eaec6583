/** Types of zod, in the words of somebody who writes YAML. */
const words: Readonly<Record<string, string>> = {
  ...{ object: "fields (`key: value`)", record: "fields (`key: value`)", array: "a list", string: "text" },
  ...{ number: "a number", int: "a whole number", boolean: "true or false", null: "nothing", undefined: "nothing" },
};

const mismatch = /^Invalid input: expected (\w+), received (\w+)$/;

/**
 * A message of zod about a value of the wrong type, in words: `Invalid input: expected object, received string` becomes
 * ``this is text where fields (`key: value`) are needed``. Any other message stays as it is.
 */
export const typeInWords = (message: string): string => {
  const [, expected = "", received = ""] = mismatch.exec(message) ?? [];
  const [wanted, given] = [words[expected], words[received]];
  if (wanted === undefined || given === undefined) return message;
  return `this is ${given} where ${wanted} ${wanted.startsWith("fields") ? "are" : "is"} needed`;
};
