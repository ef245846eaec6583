import { execFile } from "node:child_process";
import { link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { isJsonObject, type Json, type JsonObject } from "@rollerblade/abids";
import pLimit from "p-limit";
import { nameOf, type SourceFile } from "../source/source-file.ts";
import type { Dcm2niix } from "./find-dcm2niix.ts";

/** One image that dcm2niix makes of a series. */
export type ConvertedImage = {
  /** What dcm2niix adds to the name where a series becomes several images: `_e2`, `_ph`; empty else. */
  readonly part: string;
  readonly sidecar: JsonObject;
  /** The image as `.nii`, and its gradients; null where only sidecars were asked for. */
  readonly image: Buffer | null;
  readonly bval: Buffer | null;
  readonly bvec: Buffer | null;
};

/** Files that are put into their place at the same time. */
const maxOpenFiles = 16;

/** What became of a series. */
export type Conversion = {
  readonly images: readonly ConvertedImage[];
  /** What dcm2niix printed as an error or a warning. */
  readonly messages: readonly string[];
};

/** How long one series may take: a functional run of a thousand volumes takes a minute. */
const timeoutMs = 1_800_000;

/**
 * Runs dcm2niix on the files of one series in a folder of its own. `only`: `sidecars` reads everything and writes no image.
 * @throws Error with what dcm2niix printed, where it made nothing
 */
export const runDcm2niix = async (
  program: Dcm2niix,
  files: readonly SourceFile[],
  scratch: string,
  only: "sidecars" | "all",
): Promise<Conversion> => {
  const folder = await mkdtemp(join(scratch, "series-"));
  try {
    const [input, output] = [join(folder, "in"), join(folder, "out")];
    await Promise.all([mkdir(input), mkdir(output)]);
    const limit = pLimit(maxOpenFiles);
    await Promise.all(files.map((file, index) => limit(() => place(file, join(input, placedName(file, index))))));
    const options = ["-b", only === "sidecars" ? "o" : "y", "-ba", "n", "-z", "n", "-w", "1", "-f", stem, "-o", output];
    const printed = await run(program.path, [...options, input]);
    const images = await readOutput(output);
    const messages = printed
      .split("\n")
      .filter((line) => /^(?:error|warning)/i.test(line))
      .map((line) => line.replaceAll(`${input}/`, "").replaceAll(input, ""));
    if (images.length === 0) throw new Error(`dcm2niix made nothing of it: ${messages[0] ?? "no image found"}`);
    return { images, messages };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const stem = "image";

/** PAR and REC belong together by name; DICOM files keep the order in which they came. */
const placedName = (file: SourceFile, index: number): string => {
  const name = nameOf(file.path);
  return /\.(?:par|rec)$/i.test(name) ? `image${name.slice(-4)}` : `${String(index).padStart(6, "0")}.dcm`;
};

/** Gives dcm2niix a file under another name, without a copy where that is possible. */
const place = async (file: SourceFile, target: string): Promise<void> => {
  if (file.location === null || /\.gz$/i.test(file.path)) {
    const bytes = await file.read();
    return writeFile(target, /\.gz$/i.test(file.path) ? gunzipSync(bytes) : bytes);
  }
  const { location } = file;
  await link(location, target).catch(() => symlink(location, target));
};

/** It exits with 8 where it could convert a part, which its messages explain. */
const run = (path: string, args: readonly string[]): Promise<string> =>
  new Promise((done, failed) => {
    execFile(path, [...args], { timeout: timeoutMs, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") return failed(error);
      done(`${stdout}\n${stderr}`);
    });
  });

const readOutput = async (folder: string): Promise<ConvertedImage[]> => {
  const names = (await readdir(folder)).sort();
  const optional = async (name: string): Promise<Buffer | null> =>
    names.includes(name) ? readFile(join(folder, name)) : null;
  const stems = [
    ...new Set(names.filter((name) => /\.(?:json|nii)$/.test(name)).map((name) => name.replace(/\.[a-z]+$/, ""))),
  ];
  return Promise.all(
    stems.map(async (name) => {
      const json = await optional(`${name}.json`);
      const [image, bval, bvec] = [
        await optional(`${name}.nii`),
        await optional(`${name}.bval`),
        await optional(`${name}.bvec`),
      ];
      return { part: name.slice(stem.length), sidecar: json === null ? {} : sidecarIn(json), image, bval, bvec };
    }),
  );
};

const sidecarIn = (bytes: Buffer): JsonObject => {
  const value: Json = JSON.parse(bytes.toString("utf8"));
  return isJsonObject(value) ? value : {};
};
