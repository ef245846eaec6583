import { createHash } from "node:crypto";

/**
 * Hashes the label of a person of a dataset. By it an import keeps out who was deleted after the label itself was erased. Whoever can
 * guess labels can check them: it is a pseudonym, and no anonymity. PostgreSQL writes the same as
 * `encode(sha256(convert_to(dataset || '/' || label, 'UTF8')), 'hex')`.
 */
export const subjectHash = (dataset: string, label: string): string =>
  createHash("sha256").update(`${dataset}/${label}`).digest("hex");
