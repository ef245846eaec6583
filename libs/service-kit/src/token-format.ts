import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

/** What tokens begin with, so that people and secret scanners recognise one and see what it is. */
const prefixes = { personal: "rbp_", service: "rbv_", session: "rbs_" } as const;

/** Letters of the checksum at the end. */
const checksumLength = 6;

/**
 * A token of 256 random bits with a checksum of 32, which scanners verify without asking anybody. It is shown once; only its hash is kept.
 * @example "rbp_kZ3…Q0aB1x9"
 */
export const newToken = (kind: keyof typeof prefixes): string => {
  const text = `${prefixes[kind]}${randomBytes(32).toString("base64url")}`;
  return `${text}${checksumOf(text)}`;
};

/** Whether it begins like one of these tokens and was mistyped or cut: no database has to be asked for it. */
export const isDamagedToken = (token: string): boolean =>
  Object.values(prefixes).some((prefix) => token.startsWith(prefix)) &&
  checksumOf(token.slice(0, -checksumLength)) !== token.slice(-checksumLength);

/** CRC-32 of the text as six letters of base64url. */
const checksumOf = (text: string): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return bytes.toString("base64url");
};
