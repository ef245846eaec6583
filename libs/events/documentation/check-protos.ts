/** Lints and formats the protos, refuses what breaks them, and checks that the generated code is up to date. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buf, protoFolder } from "./read-protos.ts";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const generated = "libs/events/src/generated";

const step = (what: string, command: string, args: readonly string[]): void => {
  const { status } = spawnSync(command, args, { cwd: protoFolder, stdio: ["ignore", "inherit", "inherit"] });
  console.log(`${status === 0 ? "fine" : "FAILED"}: ${what}`);
  if (status !== 0) process.exitCode = 1;
};

/** The main branch as this clone knows it; a clone of one other branch compares with the commit before. */
const mainBranch = (): string => {
  const known = (name: string): boolean =>
    spawnSync("git", ["rev-parse", "--verify", "--quiet", name], { cwd: repository }).status === 0;
  return ["refs/remotes/origin/main", "refs/heads/main", "HEAD~1"].find(known) ?? "HEAD";
};

const generateInto = (folder: string): void => {
  const template = readFileSync(join(protoFolder, "buf.gen.yaml"), "utf8").replace(/out: .*/, `out: ${folder}`);
  execFileSync(buf, ["generate", "--template", template], { cwd: protoFolder, stdio: "inherit" });
};

step("lint", buf, ["lint"]);
step("format", buf, ["format", "--diff", "--exit-code"]);
step("nothing that is published breaks", buf, ["breaking", "--against", `../.git#ref=${mainBranch()},subdir=proto`]);
const folder = mkdtempSync(join(tmpdir(), "rollerblade-protos-"));
generateInto(join(folder, "generated"));
step(`${generated} is what buf generates`, "diff", ["-r", join(folder, "generated"), join(repository, generated)]);
rmSync(folder, { recursive: true });
step("docs/reference/events.md and docs/asyncapi.json", process.execPath, [
  join(import.meta.dirname, "write.ts"),
  "--check",
]);
