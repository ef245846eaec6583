import { expect, test } from "vitest";
import { Refused } from "./http.ts";
import { isAway, retryFor } from "./retry.ts";

/** Fails with each of the errors in turn, then succeeds. */
const failing = (...errors: readonly Error[]) => {
  const left = [...errors];
  let tries = 0;
  return {
    tries: () => tries,
    work: async (): Promise<string> => {
      tries += 1;
      const error = left.shift();
      if (error !== undefined) throw error;
      return "done";
    },
  };
};

test.each([0, 408, 429, 500, 503])("status %s may pass, and is tried again", async (status) => {
  const { work, tries } = failing(new Refused(status, "away"));
  expect(await retryFor(10, work)).toBe("done");
  expect(tries()).toBe(2);
});

test.each([400, 401, 403, 404, 409])("status %s is thrown at once", async (status) => {
  const error = new Refused(status, "refused");
  const { work, tries } = failing(error);
  await expect(retryFor(10, work)).rejects.toBe(error);
  expect(tries()).toBe(1);
});

test("what is not an answer of a server, such as a full disk, is thrown at once", async () => {
  const error = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  await expect(retryFor(10, failing(error).work)).rejects.toBe(error);
});

test("after so many seconds the last error is thrown", async () => {
  const { work, tries } = failing(
    ...Array.from({ length: 1_000 }, (_, index) => new Refused(503, `away ${index + 1}`)),
  );
  await expect(retryFor(0.3, work)).rejects.toMatchObject({ message: expect.stringMatching(/^away \d+$/) });
  expect(tries()).toBeGreaterThan(1);
});

test.each<[string, unknown, boolean]>([
  ["a server that does not answer", new Refused(0, "bucket:9000 does not answer"), true],
  ["an object store that is away", new Refused(503, "The object store does not answer."), true],
  ["too many requests", new Refused(429, "slow down"), true],
  ["a full disk of the node", Object.assign(new Error("write"), { code: "ENOSPC" }), true],
  ["a refusal", new Refused(403, "This path was not given to this Pod."), false],
  ["an attempt that nobody wants any more", new Refused(409, "ended"), false],
  ["a file that may not be read", Object.assign(new Error("open"), { code: "EACCES" }), false],
  ["a fault of the outputs", new Error("mask.nii.gz is empty"), false],
])("%s: whether it is away is told", (_, error, away) => {
  expect(isAway(error)).toBe(away);
});
