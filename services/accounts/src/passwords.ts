import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { Problem } from "@rollerblade/errors";
import { createFairQueue } from "@rollerblade/service-kit";

const derive = promisify(argon2);

/** The cost that OWASP's Password Storage Cheat Sheet gives for Argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 };

/** Two at once: each takes 19 MiB and a thread of the pool that files and names are read by as well. */
const queue = createFairQueue({ maxRunning: 2, maxRunningPerPerson: 2, maxWaitingPerPerson: 100 });

/** NIST SP 800-63B asks for eight characters at least, and for no rules on which. */
const minLength = 8;

/** Hashes a password. @returns a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash` */
export const hashPassword = async (password: string): Promise<string> => {
  const nonce = randomBytes(16);
  const hash = await deriveFrom(password, { ...cost, nonce });
  const { memory, passes, parallelism } = cost;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(hash)}`;
};

/** Whether it is the password. Without a hash, of somebody unknown, it takes as long and is false. */
export const verifyPassword = async (password: string, phc: string | undefined): Promise<boolean> => {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([^$]+)\$([^$]+)$/.exec(phc ?? "");
  const [, memory, passes, parallelism, nonce = "", hash = ""] = parts ?? [];
  const derived = await deriveFrom(password, {
    memory: Number(memory ?? cost.memory),
    passes: Number(passes ?? cost.passes),
    parallelism: Number(parallelism ?? cost.parallelism),
    nonce: parts === null ? Buffer.alloc(16) : Buffer.from(nonce, "base64"),
  });
  const expected = Buffer.from(hash, "base64");
  return parts !== null && expected.length === derived.length && timingSafeEqual(derived, expected);
};

/** Lets a password pass that is worth its name. @throws Problem `invalid` */
export const requirePassword = (password: string, name: string): void => {
  const length = [...password].length;
  if (length >= minLength && password.toLowerCase() !== name) return;
  throw new Problem({
    code: "invalid",
    message: `A password has ${minLength} characters or more, and is not your name.`,
    next: "Choose a longer one; a few words are easier to remember than signs.",
  });
};

type Parameters = typeof cost & { readonly nonce: Buffer };

const deriveFrom = (password: string, parameters: Parameters): Promise<Buffer> =>
  queue.run("", () => derive("argon2id", { message: password.normalize("NFKC"), tagLength: 32, ...parameters }));

/** Base64 without padding, as PHC strings have it. */
const base64 = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
