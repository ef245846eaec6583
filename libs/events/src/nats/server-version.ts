import { Problem } from "@rollerblade/errors";

/**
 * Refuses NATS servers older than 2.10, which cannot filter a consumer by several subjects.
 * @throws Problem `unavailable`
 */
export const requireServerVersion = (version: string): void => {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 2 || (major === 2 && minor >= 10)) return;
  throw new Problem({
    code: "unavailable",
    message: `The NATS server is version ${version}, and Rollerblade needs 2.10 or newer.`,
    subject: "nats-server",
    next: "Install a newer nats-server, or let `rollerblade up` fetch one.",
  });
};
