import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheFolder } from "./folder.ts";
import { printProgress } from "./progress.ts";
import { run } from "./run.ts";

/** The flags that make a small static program. */
const environment = { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };

/** Builds the Go module in a folder beside this file once; the program is named for the hash of its sources. */
export const buildGoModule = async (folder: string, name: string, flags: readonly string[] = []): Promise<string> => {
  const sources = join(import.meta.dirname, folder);
  const hash = createHash("sha256").update(flags.join(" "));
  for (const file of (await readdir(sources)).sort()) hash.update(file).update(await readFile(join(sources, file)));
  const program = join(cacheFolder, `${name}-${hash.digest("hex").slice(0, 12)}`);
  return once(program, name, (target) =>
    run("go", ["build", "-ldflags", ["-s", "-w", ...flags].join(" "), "-o", target, "."], {
      cwd: sources,
      env: environment,
    }),
  );
};

/** Installs one program of a published Go module once. */
export const installGoProgram = async (module: string, version: string): Promise<string> => {
  const name =
    module
      .split("/")
      .filter((part) => !/^v\d+$/.test(part))
      .at(-1) ?? module;
  const scratch = join(cacheFolder, `go-${name}-${process.pid}`);
  return once(join(cacheFolder, `${name}-${version}`), name, async (target) => {
    await run("go", ["install", "-ldflags", "-s -w", `${module}@${version}`], {
      env: { ...environment, GOBIN: scratch },
    });
    await rename(join(scratch, name), target);
    await rm(scratch, { recursive: true, force: true });
  });
};

const once = async (program: string, name: string, build: (target: string) => Promise<unknown>): Promise<string> => {
  if (await exists(program)) return program;
  await mkdir(cacheFolder, { recursive: true });
  printProgress(`building ${name} from Go modules, once (minutes)`);
  const unfinished = `${program}.${process.pid}`;
  await build(unfinished);
  await rename(unfinished, program);
  return program;
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
