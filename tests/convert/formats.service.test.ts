import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { pythonWith } from "../e2e/python.ts";
import { convert, errorsOf, planOf, scratchFolder } from "./conversion-world.ts";
import { type MadeImage, madeMgz, madeNifti, madePair, writeFiles } from "./made-images.ts";
import { readConverted } from "./read-converted.ts";

const nibabel = await pythonWith("nibabel", "5.4.2", ["numpy==2.4.6"]);

const mapping = (from: string, more = "", suffix = "T1w"): string => `version: 1
dataset: { Name: Formats }
images:
  - { name: one, from: "${from}", to: { suffix: ${suffix} }${more} }
`;

/** The voxel that a made image has at a place. */
const made = ({ dims = [4, 4, 3], seed = 1 }: MadeImage, [x = 0, y = 0, z = 0, t = 0]: readonly number[]): number => {
  const [a = 1, b = 1, c = 1] = dims;
  return (seed * 7 + (x + a * (y + b * (z + c * t))) * 13) % 1_000;
};

const places = [
  [0, 0, 0],
  [3, 0, 0],
  [1, 2, 0],
  [3, 3, 2],
] as const;

const converted = async (files: Readonly<Record<string, Buffer>>, text: string, path: string) => {
  const folder = scratchFolder();
  writeFiles(join(folder, "source"), files);
  const { report } = await convert(join(folder, "source"), text, join(folder, "out"), { force: true });
  expect(report.failures).toEqual([]);
  return readConverted(join(folder, "out", path));
};

describe("every format becomes NIfTI with the same voxels", () => {
  test("Analyze of either orientation, with its centre at the origin", async () => {
    const { hdr, img } = madePair("analyze", { dims: [4, 5, 3, 1], seed: 3 });
    const files = { "01.hdr": hdr, "01.img": img };
    for (const [orientation, affine] of [
      [
        "LAS",
        [
          [-2, 0, 0, 3],
          [0, 2, 0, -4],
          [0, 0, 2, -2],
        ],
      ],
      [
        "PSR",
        [
          [0, 0, 2, -2],
          [-2, 0, 0, 3],
          [0, 2, 0, -4],
        ],
      ],
    ] as const) {
      const image = await converted(
        files,
        mapping("{subject}.hdr", `, orientation: ${orientation}`),
        "sub-01/anat/sub-01_T1w.nii.gz",
      );
      expect(image.dims).toEqual([4, 5, 3]);
      expect(image.affine).toEqual(affine);
      for (const place of places) expect(image.valueAt(place)).toBe(made({ dims: [4, 5, 3], seed: 3 }, place));
    }
  });

  test("Analyze without a declared orientation is refused, since nobody could tell left from right", async () => {
    const folder = scratchFolder();
    const { hdr, img } = madePair("analyze");
    writeFiles(folder, { "01.hdr": hdr, "01.img": img });
    expect(errorsOf(await planOf(folder, mapping("{subject}.hdr"))).join()).toMatch(
      /01.hdr: nothing states where its axes point to: write orientation: \(such as LAS\) for one/,
    );
  });

  test("a pair of NIfTI, and texts of its header are gone", async () => {
    const { hdr, img } = madePair("nifti", { seed: 4 });
    const image = await converted(
      { "01.hdr": hdr, "01.img": img },
      mapping("{subject}.hdr"),
      "sub-01/anat/sub-01_T1w.nii.gz",
    );
    expect(image.dims).toEqual([4, 4, 3]);
    expect(image.header).not.toContain("a text that nobody needs");
    for (const place of places) expect(image.valueAt(place)).toBe(made({ seed: 4 }, place));
  });

  test("MGZ, which is big-endian and coronal", async () => {
    const image = await converted(
      { "01.mgz": madeMgz({ seed: 5 }) },
      mapping("{subject}.mgz"),
      "sub-01/anat/sub-01_T1w.nii.gz",
    );
    // Of a volume without its own geometry: to the left, down, to the front, around the centre.
    expect(image.affine).toEqual([
      [-1, 0, 0, 2],
      [0, 0, 1, -1.5],
      [0, -1, 0, 2],
    ]);
    for (const place of places) expect(image.valueAt(place)).toBe(made({ seed: 5 }, place));
  });

  test("volumes are joined in the order of their numbers", async () => {
    const files = Object.fromEntries([1, 2, 10].map((n) => [`01_${n}.nii.gz`, madeNifti({ seed: n })]));
    const text = mapping("{subject}_{volume}.nii.gz", ", join: { by: capture.volume }", "dwi");
    const image = await converted(files, text, "sub-01/dwi/sub-01_dwi.nii.gz");
    expect(image.dims).toEqual([4, 4, 3, 3]);
    for (const [at, seed] of [1, 2, 10].entries()) expect(image.valueAt([1, 2, 1, at])).toBe(made({ seed }, [1, 2, 1]));
  });

  test("the repetition time of the mapping replaces a wrong one of the header", async () => {
    const text = mapping("{subject}.nii.gz", ", metadata: { RepetitionTime: 1.667 }", "bold").replace(
      "suffix: bold",
      "suffix: bold, task: rest",
    );
    const folder = scratchFolder();
    writeFiles(join(folder, "source"), { "01.nii.gz": madeNifti({ dims: [4, 4, 3, 5], step: 3 }) });
    const { plan } = await convert(join(folder, "source"), text, join(folder, "out"));
    expect(errorsOf(plan)).toEqual([]);
  });

  test.skipIf(nibabel === null)("PAR and REC of Philips, as dcm2niix and nibabel read them alike", async () => {
    const data = execFileSync(
      nibabel ?? "",
      ["-c", "import nibabel,os; print(os.path.join(os.path.dirname(nibabel.__file__),'tests','data'))"],
      { encoding: "utf8" },
    ).trim();
    const name = "phantom_EPI_asc_CLEAR_2_1";
    const folder = scratchFolder();
    execFileSync("mkdir", ["-p", join(folder, "source")]);
    execFileSync("cp", [join(data, `${name}.PAR`), join(data, `${name}.REC`), join(folder, "source")]);
    const text = mapping(`phantom_EPI_asc_CLEAR_{subject}_1.PAR`, "", "bold").replace(
      "suffix: bold",
      "suffix: bold, task: rest",
    );
    const { report } = await convert(join(folder, "source"), text, join(folder, "out"), { force: true });
    expect(report).toMatchObject({ converted: 1, failures: [] });
    const image = readConverted(join(folder, "out/sub-2/func/sub-2_task-rest_bold.nii.gz"));
    expect(image.dims).toEqual([64, 64, 9, 3]);
    // Voxels of both readers have the same sum for each volume, however their axes lie.
    const sums = execFileSync(
      nibabel ?? "",
      [
        "-c",
        "import nibabel,sys; d=nibabel.load(sys.argv[1]).dataobj.get_unscaled(); print(*[int(d[...,t].astype('int64').sum()) for t in range(d.shape[3])])",
        join(data, `${name}.PAR`),
      ],
      { encoding: "utf8" },
    );
    const ours = [0, 1, 2].map((t) => {
      let sum = 0;
      for (let z = 0; z < 9; z++)
        for (let y = 0; y < 64; y++) for (let x = 0; x < 64; x++) sum += image.valueAt([x, y, z, t]);
      return sum;
    });
    expect(ours).toEqual(sums.trim().split(" ").map(Number));
  });
});

test("the same image has the same bytes, whenever it is written", async () => {
  const folder = scratchFolder();
  const source = join(folder, "source");
  writeFiles(source, { "01.nii.gz": gzipSync(gunzipSync(madeNifti({})), { level: 9 }) });
  const first = await convert(source, mapping("{subject}.nii.gz"), join(folder, "a"));
  const second = await convert(source, mapping("{subject}.nii.gz"), join(folder, "b"));
  expect(first.report.converted + second.report.converted).toBe(2);
  execFileSync("cmp", [
    join(folder, "a/sub-01/anat/sub-01_T1w.nii.gz"),
    join(folder, "b/sub-01/anat/sub-01_T1w.nii.gz"),
  ]);
});
