/** The input cannot be worked on, whoever tries and however often: exit code 65. */
export class BadInput extends Error {}
