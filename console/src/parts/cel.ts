/** A text as a literal of CEL. @example celText('a"b') // '"a\\"b"' */
export const celText = (text: string): string => JSON.stringify(text);
