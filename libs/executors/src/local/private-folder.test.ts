import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FolderStatus, faultOfParent, faultOfPrivate, makePrivateFolder } from "./private-folder.ts";

const account = { uid: 1000, trusted: new Set([0, 1000]) };
const folder: FolderStatus = { kind: "folder", uid: 1000, gid: 1000, mode: 0o755 };

test.each<[string, Partial<FolderStatus>, string | null]>([
  ["ours", {}, null],
  ["root's", { uid: 0, gid: 0 }, null],
  ["root's, with the group of root", { uid: 0, gid: 0, mode: 0o775 }, null],
  ["ours, with a group of our own", { mode: 0o775 }, null],
  ["ours, with a group of others", { gid: 100, mode: 0o775 }, "may be written to by the group 100"],
  ["open to everybody", { uid: 0, mode: 0o777 }, "may be written to by everybody"],
  ["open to everybody and sticky, as /tmp is", { uid: 0, mode: 0o1777 }, null],
  ["somebody else's", { uid: 1001 }, "belongs to another account (uid 1001)"],
  ["somebody else's and sticky", { uid: 1001, mode: 0o1777 }, "belongs to another account (uid 1001)"],
  ["a file", { kind: "other" }, "is not a folder"],
])("a folder on the way that is %s", (_what, status, fault) => {
  expect(faultOfParent({ ...folder, ...status }, account)).toBe(fault);
});

test.each<[string, Partial<FolderStatus>, string | null]>([
  ["ours", {}, null],
  ["ours with any mode", { mode: 0o777 }, null],
  ["a link", { kind: "link" }, "is a symbolic link"],
  ["root's", { uid: 0 }, "belongs to another account (uid 0)"],
])("a folder for attempts that is %s", (_what, status, fault) => {
  expect(faultOfPrivate({ ...folder, ...status }, account)).toBe(fault);
});

describe("on this machine", () => {
  let base: string;
  beforeEach(() => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "private-folder-")));
  });
  afterEach(() => rmSync(base, { recursive: true }));

  test("a folder is made with its parents, and one that was open is closed", () => {
    const made = makePrivateFolder(join(base, "a/b/scratch"));
    expect(made).toBe(join(base, "a/b/scratch"));
    expect(statSync(made).mode & 0o777).toBe(0o700);
    chmodSync(made, 0o777);
    expect(makePrivateFolder(made)).toBe(made);
    expect(statSync(made).mode & 0o777).toBe(0o700);
  });

  test("a link in its place, and a parent that everybody may write to, are refused by name", () => {
    mkdirSync(join(base, "elsewhere"));
    symlinkSync(join(base, "elsewhere"), join(base, "scratch"));
    expect(() => makePrivateFolder(join(base, "scratch"))).toThrow(
      `${join(base, "scratch")}, which is a symbolic link`,
    );
    mkdirSync(join(base, "open"));
    chmodSync(join(base, "open"), 0o777);
    expect(() => makePrivateFolder(join(base, "open/scratch"))).toThrow("may be written to by everybody");
  });

  /** Only root may act as another account. */
  const nobody = 65_534;
  describe.runIf(process.getuid?.() === 0)("with another account", () => {
    const asNobody = (script: string, ...given: string[]) =>
      spawnSync("/bin/sh", ["-c", script, "sh", ...given], { uid: nobody, gid: nobody, encoding: "utf8" });

    test("a folder that was made before us by another account is refused, also below /tmp", () => {
      mkdirSync(join(base, "taken"), 0o777);
      chownSync(join(base, "taken"), nobody, nobody);
      const refusal = `belongs to another account (uid ${nobody})`;
      expect(() => makePrivateFolder(join(base, "taken"))).toThrow(refusal);
      expect(() => makePrivateFolder(join(base, "taken/scratch"))).toThrow(refusal);
    });

    test("another account can neither list, rename nor replace what lies in it", () => {
      chmodSync(base, 0o1777);
      const made = makePrivateFolder(join(base, "scratch"));
      mkdirSync(join(made, "attempt"));
      expect(asNobody('ls "$1"', made).stderr).toContain("Permission denied");
      expect(asNobody('mv "$1/attempt" "$1/other"', made).status).not.toBe(0);
      expect(asNobody('mv "$1" "$1.old" && mkdir "$1"', made).stderr).toContain("Operation not permitted");
      expect(statSync(join(made, "attempt")).uid).toBe(0);
    });
  });
});
