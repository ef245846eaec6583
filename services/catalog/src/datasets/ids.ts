import { v7 } from "uuid";

/** A new id that rises with time. */
export const uuidv7 = (): string => v7();
