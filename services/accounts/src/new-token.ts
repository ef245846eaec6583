import { randomBytes } from "node:crypto";

/** What every API token begins with, so that secret scanners and people recognise one. */
const tokenPrefix = "rb_";

/** A token of 256 random bits. It is shown once; only its hash is kept. */
export const newToken = (): string => `${tokenPrefix}${randomBytes(32).toString("base64url")}`;
