import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { openObjectStore } from "@rollerblade/object-store";
import { requireVersitygw, type S3Server, startVersitygw } from "@rollerblade/object-store/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { convert, errorsOf, planOf, scratchFolder } from "./conversion-world.ts";
import { madeNifti, tarOf, writeFiles } from "./made-images.ts";

const program = await requireVersitygw();

const mapping = `version: 1
dataset: { Name: In a bucket }
subject: "\${capture.id}"
images:
  - { name: one, from: "**/{id:[0-9]+}/t1.nii.gz", to: { suffix: T1w } }
tables:
  people: { file: "**/people.csv", subject: id }
participants:
  columns:
    age: { column: age, units: year, description: Age }
`;

describe.skipIf(program === null)("a source in a bucket of a real S3 server", { timeout: 240_000 }, () => {
  let s3: S3Server;
  const folder = scratchFolder();

  beforeAll(async () => {
    s3 = await startVersitygw(program ?? "");
    const url = new URL(s3.url.replace("s3+http:", "http:"));
    vi.stubEnv("AWS_ENDPOINT_URL", `http://${url.host}`);
    vi.stubEnv("AWS_ACCESS_KEY_ID", url.username);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", url.password);
    const packed = { "02/t1.nii.gz": madeNifti({ seed: 2 }), "03/t1.nii.gz": madeNifti({ seed: 3 }) };
    writeFiles(join(folder, "source"), {
      "packed.tar.gz": gzipSync(tarOf(packed)),
      "loose/01/t1.nii.gz": madeNifti({ seed: 1 }),
      "people.csv": Buffer.from("id,age\n01,31\n02,32\n03,33\n"),
    });
    const bucket = openObjectStore(s3.url, { publicUrl: "http://127.0.0.1:1", secret: "x" });
    for (const path of ["loose/01/t1.nii.gz", "people.csv", "packed.tar.gz"])
      await bucket.put(`exports/study/${path}`, readFileSync(join(folder, "source", path)));
  }, 240_000);
  afterAll(async () => {
    vi.unstubAllEnvs();
    await s3.stop();
  });

  test("becomes the same dataset as from a folder, archives included, and nothing is made twice", async () => {
    const [here, there] = [join(folder, "from-folder"), join(folder, "from-bucket")];
    await convert(join(folder, "source"), mapping, here);
    const { plan, report } = await convert("s3://bucket/exports/study", mapping, there);
    expect(errorsOf(plan)).toEqual([]);
    expect(plan.entries.map(({ source }) => source)).toEqual([
      "loose/01/t1.nii.gz",
      "packed.tar.gz!/02/t1.nii.gz",
      "packed.tar.gz!/03/t1.nii.gz",
      "people.csv",
    ]);
    expect([report.converted, report.unchanged]).toEqual([3, 0]);
    for (const path of ["participants.tsv", ...[1, 2, 3].map((id) => `sub-0${id}/anat/sub-0${id}_T1w.nii.gz`)])
      expect(readFileSync(join(there, path)).equals(readFileSync(join(here, path))), path).toBe(true);
    const again = await convert("s3://bucket/exports/study", mapping, there);
    expect([again.report.converted, again.report.unchanged]).toEqual([0, 3]);
  });

  test("an archive that is none is a fault of the plan, and a prefix with nothing in it is refused", async () => {
    const bucket = openObjectStore(s3.url, { publicUrl: "http://127.0.0.1:1", secret: "x" });
    await bucket.put("exports/broken/a.zip", Buffer.from("no archive"));
    await bucket.put("exports/broken/01/t1.nii.gz", madeNifti({ seed: 1 }));
    const plan = await planOf("s3://bucket/exports/broken", mapping.slice(0, mapping.indexOf("tables:")));
    expect(errorsOf(plan).join("\n")).toContain("a.zip");
    await expect(planOf("s3://bucket/exports/nothing", mapping)).rejects.toThrow("s3://bucket/exports/nothing");
  });
});
