import { execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { pythonWith } from "../../e2e/python.ts";

const run = promisify(execFile);

/** A tool of others, and the seconds that it took; null where it could not be had. */
export type PeerSeconds = { readonly name: string; readonly seconds: number | null };

const pybids = `
import sys, warnings, logging; warnings.filterwarnings("ignore"); logging.disable(logging.CRITICAL)
from bids import BIDSLayout
BIDSLayout(sys.argv[1], validate=False)`;

const bids2table = `
import sys, logging; logging.disable(logging.CRITICAL)
import bids2table as b
t = b.index_dataset(sys.argv[1])
for r, q in zip(t["root"].to_pylist(), t["path"].to_pylist()):
    if q.endswith(".nii.gz"): b.load_bids_metadata(f"{r}/{q}", inherit=True)`;

/** Measures the peers on the same folder: whole processes, their start included. Each comes from PyPI into an environment of its own. */
export const measurePeers = async (folder: string): Promise<readonly PeerSeconds[]> => [
  await peer("PyBIDS 0.22, index with metadata", "pybids", "0.22.0", (python) => [python, ["-c", pybids, folder]]),
  await peer("bids2table 2.3.1 with sidecars", "bids2table", "2.3.1", (python) => [python, ["-c", bids2table, folder]]),
  await peer("bids-validator-deno 3.0.2", "bids-validator-deno", "3.0.2", (python) => [
    join(dirname(python), "bids-validator-deno"),
    ["--json", folder],
  ]),
];

type Command = (python: string) => readonly [program: string, args: readonly string[]];

const peer = async (name: string, library: string, version: string, command: Command): Promise<PeerSeconds> => {
  const python = await pythonWith(library, version).catch(() => null);
  if (python === null) return { name, seconds: null };
  const [program, args] = command(python);
  const begin = performance.now();
  // The validator ends with 1 when it has errors to tell.
  const ended = await run(program, [...args], { maxBuffer: 1 << 30 }).then(
    () => true,
    (error: unknown) =>
      error instanceof Error && "code" in error && error.code === 1 && library === "bids-validator-deno",
  );
  return { name, seconds: ended ? (performance.now() - begin) / 1000 : null };
};
