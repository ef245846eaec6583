// A stand-in for a BIDS App of nipreps: their command line, and the tree of files that fMRIPrep writes, with hardly any computation.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync, gzipSync } from "node:zlib";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "participant-label": { type: "string", multiple: true, default: [] },
    "output-spaces": { type: "string", multiple: true, default: [] },
    nprocs: { type: "string" },
    "mem-mb": { type: "string" },
    "work-dir": { type: "string", short: "w" },
    notrack: { type: "boolean", default: false },
  },
});
const [bids = "", out = "", level = ""] = positionals;
const spaces = values["output-spaces"].flatMap((list) => list.split(","));

/** @param {string} path @param {string | Uint8Array} content */
const write = (path, content) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
};
/** @param {string} path @param {object} value */
const writeJson = (path, value) => write(path, `${JSON.stringify(value, null, 2)}\n`);

/** @param {string} title @param {string} body */
const page = (title, body) =>
  `<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>${title}</title>\n${body}\n</html>\n`;

/** A histogram of the bytes of an image, as a picture. @param {Uint8Array} bytes */
const picture = (bytes) => {
  const bins = new Array(64).fill(0);
  for (const byte of bytes) bins[byte >> 2] += 1;
  const highest = Math.max(...bins.slice(1), 1);
  const bars = bins.map((count, at) => {
    const height = Math.round(Math.min(1, count / highest) * 100);
    return `<rect x="${at * 4}" y="${100 - height}" width="4" height="${height}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 100">${bars.join("")}</svg>\n`;
};

/** All files of one subject, relative to the dataset. @param {string} subject */
const filesOf = (subject) =>
  readdirSync(join(bids, subject), { recursive: true, encoding: "utf8" })
    .map((path) => `${subject}/${path}`)
    .sort();

/** What is the same for everybody. */
const writeShared = () => {
  writeJson("dataset_description.json", {
    Name: "Prep - stand-in for a BIDS App",
    BIDSVersion: "1.4.0",
    DatasetType: "derivative",
    License: "CC0",
    GeneratedBy: [{ Name: "prep", Version: "1.0.0" }],
    HowToAcknowledge: "There is nothing to acknowledge: this program only shows how files travel.",
  });
  write(".bidsignore", "*.html\nlogs/\n**/figures/\n");
  write("logs/CITATION.md", "# Methods\n\nNothing was computed.\n");
  write("desc-aseg_dseg.tsv", "index\tname\n0\tUnknown\n1\tBrain\n");
};

/** @param {string} label */
const participant = (label) => {
  const subject = `sub-${label}`;
  const scans = filesOf(subject).filter((path) => /_T1w\.nii\.gz$/.test(path));
  if (scans.length === 0) {
    console.error(`${subject} has no T1w image.`);
    process.exit(65);
  }
  writeShared();
  const reportlets = scans.map((path) => {
    const bytes = gunzipSync(readFileSync(join(bids, path)));
    const stem = path.replace(/_T1w\.nii\.gz$/, "");
    // Threshold and mask stand for hours of work; the voxels are bytes of the file, whatever its datatype.
    const mask = Buffer.from(bytes);
    const offset = bytes.readFloatLE(108);
    for (let at = offset; at < mask.length; at += 1) mask[at] = (bytes[at] ?? 0) > 60 ? 1 : 0;
    write(`${stem}_desc-preproc_T1w.nii.gz`, gzipSync(bytes, { level: 6 }));
    writeJson(`${stem}_desc-preproc_T1w.json`, { SkullStripped: false });
    for (const space of spaces) {
      write(`${stem}_space-${space}_desc-preproc_T1w.nii.gz`, gzipSync(bytes, { level: 6 }));
      writeJson(`${stem}_space-${space}_desc-preproc_T1w.json`, { SkullStripped: false, SpatialReference: space });
    }
    write(`${stem}_desc-brain_mask.nii.gz`, gzipSync(mask, { level: 6 }));
    writeJson(`${stem}_desc-brain_mask.json`, { Type: "Brain" });
    const figure = `figures/${basename(stem)}_desc-about_T1w.svg`;
    write(`${subject}/${figure}`, picture(bytes.subarray(offset)));
    writeJson(`${subject}/qc/${basename(stem)}_T1w.json`, {
      mean: mean(bytes.subarray(offset)),
      voxels: bytes.length - offset,
    });
    return `<h2>${basename(stem)}</h2><img src="./${subject}/${figure}" alt="Histogram of ${basename(stem)}">`;
  });
  write(`${subject}.html`, page(subject, `<h1>${subject}</h1>\n${reportlets.join("\n")}`));
  const run = createHash("sha256").update(scans.join("\n")).digest("hex").slice(0, 8);
  write(`${subject}/log/${run}/prep.toml`, `participant = "${label}"\nspaces = ${JSON.stringify(spaces)}\n`);
  // FreeSurfer leaves links within its folder.
  write(`sourcedata/freesurfer/${subject}/surf/lh.pial.T1`, "surface\n");
  symlinkSync("lh.pial.T1", join(out, `sourcedata/freesurfer/${subject}/surf/lh.pial`));
};

/** @param {Uint8Array} bytes */
const mean = (bytes) =>
  Math.round((bytes.reduce((sum, byte) => sum + byte, 0) / Math.max(1, bytes.length)) * 1e4) / 1e4;

/** Reads what the participants' level wrote where it wrote it, and adds a table and a report of everybody. */
const group = () => {
  const found = readdirSync(out, { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|\/)qc\/[^/]+_T1w\.json$/.test(path))
    .sort();
  if (found.length === 0) throw new Error("There is nothing of any participant.");
  const rows = found.map((path) => {
    const measured = JSON.parse(readFileSync(join(out, path), "utf8"));
    return [basename(path, "_T1w.json"), measured.mean, measured.voxels];
  });
  write("group_T1w.tsv", [["bids_name", "mean", "voxels"], ...rows].map((row) => `${row.join("\t")}\n`).join(""));
  write("group_T1w.html", page("Group", `<h1>${rows.length} scans</h1>`));
};

if (level === "participant") for (const label of values["participant-label"]) participant(label.replace(/^sub-/, ""));
else if (level === "group") group();
else {
  console.error("usage: prep bids_dir output_dir {participant,group} [--participant-label LABEL ...]");
  process.exit(64);
}
