import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { utils, write } from "@e965/xlsx";
import { readyMapping, readyMappings } from "@rollerblade/convert";
import { describe, expect, test } from "vitest";
import { treeHashes } from "../conformance/tree-hashes.ts";
import { hasValidator, errorsOf as validatorErrors } from "../e2e/official-validator.ts";
import { convert, errorsOf, scratchFolder } from "./conversion-world.ts";
import { canWriteDicom, madeSeries, writeDicom } from "./dicom-study.ts";
import { madeNifti, madePair, tarOf, writeFiles } from "./made-images.ts";
import { readConverted } from "./read-converted.ts";

/** A workbook with one sheet. */
const workbook = (rows: readonly (readonly unknown[])[], bookType: "biff8" | "xlsx"): Buffer => {
  const sheet = utils.aoa_to_sheet(rows.map((row) => [...row]));
  return Buffer.from(write({ SheetNames: ["Table"], Sheets: { Table: sheet } }, { bookType, type: "buffer" }));
};

const zipOf = (path: string, files: Readonly<Record<string, Buffer>>): void => {
  const described = {
    path,
    files: Object.fromEntries(Object.entries(files).map(([name, bytes]) => [name, bytes.toString("base64")])),
  };
  execFileSync("python3", [join(import.meta.dirname, "zip.py")], { input: JSON.stringify(described) });
};

/** A miniature of a public dataset: its folders, names and tables, with images of a few voxels. */
type Miniature = {
  /** Writes the source with so many people. */
  readonly make: (folder: string, people: number) => Promise<void> | void;
  /** Images that a person has. */
  readonly perPerson: number;
  /** What the dataset must have, with the content or a part of it. */
  readonly expected: Readonly<Record<string, string | RegExp>>;
};

const pad = (number: number, digits: number): string => String(number).padStart(digits, "0");
const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

/** JSON of the OASIS-3 download: more than belongs into a dataset. */
const oasisSidecar = JSON.stringify({
  Manufacturer: "Siemens",
  EchoTime: 0.003,
  RepetitionTime: 2.2,
  PatientName: "nobody",
  AcquisitionTime: "10:00:00.0",
});

const gradients = {
  bvals: `${numbers(16)
    .map((n) => (n === 1 ? 0 : 1000))
    .join(" ")}\n`,
  bvecs: `${[0, 1, 2]
    .map((axis) =>
      numbers(16)
        .map((n) => (n > 1 && n % 3 === axis ? 1 : 0))
        .join(" "),
    )
    .join("\n")}\n`,
};

const miniatures: Readonly<Record<string, Miniature>> = {
  ixi: {
    make: (folder, people) => {
      const scans = (kind: string) =>
        Object.fromEntries(
          numbers(people).map((n) => [`IXI${pad(n + 1, 3)}-Guys-0${800 + n}-${kind}.nii.gz`, madeNifti({ seed: n })]),
        );
      const dti = Object.fromEntries(
        numbers(people).flatMap((n) =>
          numbers(16).map((volume) => [
            `IXI${pad(n + 1, 3)}-Guys-0${800 + n}-DTI-${pad(volume - 1, 2)}.nii.gz`,
            madeNifti({ seed: n + volume }),
          ]),
        ),
      );
      const head = ["IXI_ID", "SEX_ID (1=m, 2=f)", "HEIGHT", "WEIGHT", "AGE"];
      writeFiles(folder, {
        ...{ "IXI-T1.tar": tarOf(scans("T1")), "IXI-T2.tar": tarOf(scans("T2")), "IXI-DTI.tar": tarOf(dti) },
        ...{ "bvals.txt": gradients.bvals, "bvecs.txt": gradients.bvecs },
        // A person without images, and one of whom the height is not known.
        "IXI.xls": workbook(
          [head, [2, 2, 164, 58, 35.8], [3, 1, 0, 70, 40.1], [4, 1, 180, 80, 50.5], [662, 1, 170, 70, 61]],
          "biff8",
        ),
      });
    },
    perPerson: 3,
    expected: {
      "participants.tsv":
        "participant_id\tage\tsex\theight\tweight\tsite\nsub-IXI002\t35.8\tF\t164\t58\tGuys\nsub-IXI003\t40.1\tM\tn/a\t70\tGuys\n",
      "sub-IXI002/dwi/sub-IXI002_dwi.bval": gradients.bvals,
      "sub-IXI003/anat/sub-IXI003_T2w.json": "{}\n",
    },
  },
  "oasis-1": {
    make: (folder, people) => {
      const visit = (n: number, mr: number) => {
        const id = `OAS1_${pad(n, 4)}_MR${mr}`;
        const raw = numbers(2).flatMap((run) => {
          const { hdr, img } = madePair("analyze", { seed: n * 10 + run });
          const stem = `disc1/${id}/RAW/${id}_mpr-${run}_anon`;
          return [
            [`${stem}.hdr`, hdr],
            [`${stem}.img`, img],
            [`${stem}_sag_66.gif`, "GIF"],
          ] as const;
        });
        const { hdr, img } = madePair("analyze", {});
        const processed = `disc1/${id}/PROCESSED/MPRAGE/SUBJ_111/${id}_mpr_n4_anon_sbj_111`;
        return Object.fromEntries([
          ...raw,
          [`${processed}.hdr`, hdr],
          [`${processed}.img`, img],
          [`disc1/${id}/${id}.txt`, "x"],
        ]);
      };
      writeFiles(folder, {
        ...Object.assign({}, ...numbers(people).map((n) => visit(n, 1))),
        "oasis_cross-sectional.csv": `ID,M/F,Hand,Age,Educ,SES,MMSE,CDR,eTIV,nWBV,ASF,Delay\n${[1, 2, 3, 9]
          .map((n) => `OAS1_${pad(n, 4)}_MR1,F,R,${70 + n},2,3,${n === 2 ? "N/A" : 29},0,1344,0.743,1.306,N/A`)
          .join("\n")}\n`,
      });
    },
    perPerson: 2,
    expected: {
      "participants.tsv": "participant_id\tsex\thandedness\nsub-OAS10001\tF\tright\nsub-OAS10002\tF\tright\n",
      "sub-OAS10002/sub-OAS10002_sessions.tsv": "session_id\tage\teducation\tmmse\tcdr\nses-MR1\t72\t2\tn/a\t0\n",
    },
  },
  "oasis-2": {
    make: (folder, people) => {
      const part = (visit: number) =>
        Object.fromEntries(
          numbers(people).flatMap((n) => {
            const { hdr, img } = madePair("nifti", { seed: n * 10 + visit });
            const stem = `OAS2_RAW_PART${visit}/OAS2_${pad(n, 4)}_MR${visit}/RAW/mpr-1.nifti`;
            const stray =
              n === 1 ? [[`OAS2_RAW_PART${visit}/OAS2_0001_MR${visit}/RAW/3906-3.nift.img`, img] as const] : [];
            return [[`${stem}.hdr`, hdr] as const, [`${stem}.img`, img] as const, ...stray];
          }),
        );
      const head = [
        "Subject ID",
        "MRI ID",
        "Group",
        "Visit",
        "MR Delay",
        "M/F",
        "Hand",
        "Age",
        "EDUC",
        "SES",
        "MMSE",
        "CDR",
      ];
      const rows = [1, 2, 3].flatMap((n) =>
        [1, 2].map((visit) => [
          `OAS2_${pad(n, 4)}`,
          `OAS2_${pad(n, 4)}_MR${visit}`,
          "Nondemented",
          visit,
          visit === 1 ? 0 : 457,
          "M",
          "R",
          86 + visit,
          14,
          2,
          visit === 1 ? 27 : "N/A",
          0,
        ]),
      );
      writeFiles(folder, {
        "OAS2_RAW_PART1.tar.gz": gzipSync(tarOf(part(1))),
        "OAS2_RAW_PART2.tar.gz": gzipSync(tarOf(part(2))),
        "oasis_longitudinal_demographics.xlsx": workbook([head, ...rows], "xlsx"),
      });
    },
    perPerson: 2,
    expected: {
      "participants.tsv":
        "participant_id\tsex\thandedness\tgroup\nsub-OAS20001\tM\tright\tNondemented\nsub-OAS20002\tM\tright\tNondemented\n",
      "sub-OAS20001/sub-OAS20001_sessions.tsv":
        "session_id\tage\tdays\tmmse\tcdr\nses-MR1\t87\t0\t27\t0\nses-MR2\t88\t457\tn/a\t0\n",
    },
  },
  "oasis-3": {
    make: (folder, people) => {
      writeFiles(folder, {
        ...Object.assign(
          {},
          ...numbers(people).map((n) => {
            const id = `OAS3${pad(n, 4)}`;
            const stem = (kind: string, day: string) => `${id}_MR_${day}/${kind}/sub-${id}_ses-${day}`;
            return {
              [`${stem("anat1", "d0129")}_T1w.nii.gz`]: madeNifti({ seed: n }),
              [`${stem("anat1", "d0129")}_T1w.json`]: oasisSidecar,
              [`${stem("func1", "d0129")}_task-rest_run-01_bold.nii.gz`]: madeNifti({ dims: [4, 4, 3, 5], step: 2.2 }),
              [`${stem("func1", "d0129")}_task-rest_run-01_bold.json`]: oasisSidecar,
              [`${stem("anat1", "d0757")}_T1w.nii.gz`]: madeNifti({ seed: n + 5 }),
              [`${stem("swan1", "d0757")}_swi.nii.gz`]: madeNifti({}),
              [`${id}_PIB_d0800/pet1/NIFTI/sub-${id}_ses-d0800_pet.nii.gz`]: madeNifti({ dims: [4, 4, 3, 5] }),
            };
          }),
        ),
        "OASIS3_demographics.csv":
          "OASISID,AgeatEntry,GENDER,EDUC\nOAS30001,65.1,2,12\nOAS30002,70.3,1,.\nOAS30003,80,1,16\n",
        // Two visits lie within a year of the second scan; the nearer one counts.
        "OASIS3_UDSb4_cdr.csv":
          "OASISID,days_to_visit,age at visit,MMSE,CDRTOT\nOAS30001,0,65.1,28,0\nOAS30001,600,66.7,26,0.5\nOAS30001,800,67.3,24,1\nOAS30002,2500,77,20,2\n",
      });
    },
    perPerson: 3,
    expected: {
      "participants.tsv": "participant_id\tsex\teducation\nsub-OAS30001\tF\t12\nsub-OAS30002\tM\tn/a\n",
      "sub-OAS30001/sub-OAS30001_sessions.tsv":
        "session_id\tage\tmmse\tcdr\nses-d0129\t65.1\t28\t0\nses-d0757\t67.3\t24\t1\n",
      "sub-OAS30002/sub-OAS30002_sessions.tsv":
        "session_id\tage\tmmse\tcdr\nses-d0129\tn/a\tn/a\tn/a\nses-d0757\tn/a\tn/a\tn/a\n",
      "sub-OAS30001/ses-d0129/anat/sub-OAS30001_ses-d0129_T1w.json":
        /"EchoTime": 0.003,\n {2}"Manufacturer": "Siemens",\n {2}"RepetitionTime": 2.2/,
    },
  },
  adni: {
    make: async (folder, people) => {
      const series = numbers(people).flatMap((n) => {
        const subject = `027_S_${pad(70 + n, 4)}`;
        const one = (number: number, name: string, date: string, description: string, more = {}) =>
          madeSeries(number, {
            ...{
              subject,
              description,
              seed: n + number,
              date: date.replaceAll("-", ""),
              series: `2.25.77.${n}.${number}`,
              study: `2.25.77.${n}`,
            },
            folder: `${subject}/${name}/${date}_10_35_14.0/S${n}${number}`,
            ...more,
          });
        const rest = { shape: [6, 6, 4], volumes: 3, acquisition: "2D", sequence: "EP" };
        return [
          one(2, "MPRAGE", "2019-01-24", "MPRAGE"),
          one(5, "MPRAGE_Repeat", "2019-01-24", "MPRAGE Repeat"),
          one(6, "Resting_State_fMRI", "2019-01-24", "Resting State fMRI", rest),
          one(1, "3_Plane_Localizer", "2019-01-24", "3 Plane Localizer"),
          one(7, "Accelerated_Sagittal_MPRAGE", "2020-02-03", "Accelerated Sagittal MPRAGE"),
        ];
      });
      await writeDicom(folder, series);
      writeFiles(folder, {
        "ADNIMERGE.csv": `RID,PTID,VISCODE,EXAMDATE,PTGENDER,PTEDUCAT,DX,MMSE\n${[1, 2, 3]
          .flatMap((n) => [
            `${70 + n},027_S_${pad(70 + n, 4)},bl,2019-01-10,Female,16,CN,29`,
            `${70 + n},027_S_${pad(70 + n, 4)},m12,2020-01-20,Female,16,MCI,27`,
          ])
          .join("\n")}\n`,
      });
    },
    perPerson: 3,
    expected: {
      "participants.tsv": "participant_id\tsex\teducation\nsub-ADNI027S0071\tF\t16\nsub-ADNI027S0072\tF\t16\n",
      "sub-ADNI027S0071/sub-ADNI027S0071_sessions.tsv":
        "session_id\tvisit\tdiagnosis\tmmse\nses-1\tbl\tCN\t29\nses-2\tm12\tMCI\t27\n",
    },
  },
  "hcp-ya": {
    make: (folder, people) => {
      for (const n of numbers(people)) {
        const id = String(100_300 + n);
        const base = `${id}/unprocessed/3T`;
        const run = (name: string) => ({
          [`${base}/${name}/${id}_3T_${name}.nii.gz`]: madeNifti({ dims: [4, 4, 3, 6], step: 0.72 }),
          [`${base}/${name}/${id}_3T_${name}_SBRef.nii.gz`]: madeNifti({}),
          [`${base}/${name}/${id}_3T_SpinEchoFieldMap_LR.nii.gz`]: madeNifti({ dims: [4, 4, 3, 3] }),
          [`${base}/${name}/${id}_3T_SpinEchoFieldMap_RL.nii.gz`]: madeNifti({ dims: [4, 4, 3, 3] }),
        });
        const diffusion = `${base}/Diffusion/${id}_3T_DWI_dir95_LR`;
        zipOf(join(folder, `${id}_3T_rfMRI_REST1_unproc.zip`), { ...run("rfMRI_REST1_LR"), ...run("rfMRI_REST1_RL") });
        zipOf(join(folder, `${id}_3T_other_unproc.zip`), {
          [`${base}/T1w_MPR1/${id}_3T_T1w_MPR1.nii.gz`]: madeNifti({ seed: n }),
          [`${base}/T1w_MPR1/${id}_3T_FieldMap_Magnitude.nii.gz`]: madeNifti({}),
          [`${diffusion}.nii.gz`]: madeNifti({ dims: [4, 4, 3, 2] }),
          [`${diffusion}.bval`]: Buffer.from("5 1000\n"),
          [`${diffusion}.bvec`]: Buffer.from("0 1\n0 0\n0 0\n"),
        });
      }
      writeFiles(folder, {
        "unrestricted_someone_2026.csv":
          "Subject,Release,Gender,Age\n100301,S900,M,26-30\n100302,S900,F,31-35\n100303,S900,F,22-25\n",
      });
    },
    perPerson: 10,
    expected: {
      "participants.tsv": "participant_id\tsex\tage_group\nsub-100301\tM\t26-30\nsub-100302\tF\t31-35\n",
      "sub-100301/fmap/sub-100301_acq-REST1LR_dir-RL_epi.json":
        /"IntendedFor": \[\n {4}"bids::sub-100301\/func\/sub-100301_task-REST1_dir-LR_bold.nii.gz"\n {2}\],(?:.*\n)*.*"PhaseEncodingDirection": "i"/,
      "sub-100301/func/sub-100301_task-REST1_dir-LR_bold.json":
        /"PhaseEncodingDirection": "i-",\n {2}"RepetitionTime": 0.72,\n {2}"TaskName": "REST1"/,
    },
  },
  "abide-1": {
    make: (folder, people) => {
      writeFiles(folder, {
        ...Object.assign(
          {},
          ...numbers(people).map((n) => ({
            [`NYU_${50_950 + n}/session_1/anat_1/mprage.nii.gz`]: madeNifti({ seed: n }),
            // The header of the source is wrong.
            [`NYU_${50_950 + n}/session_1/rest_1/rest.nii.gz`]: madeNifti({ dims: [4, 4, 3, 6], step: 1 }),
            [`UCLA_1_${51_200 + n}/anat.tar.gz`]: gzipSync(
              tarOf({ [`UCLA_1_${51_200 + n}/session_1/anat_1/mprage.nii.gz`]: madeNifti({ seed: n }) }),
            ),
          })),
        ),
        "Phenotypic_V1_0b.csv": `SITE_ID,SUB_ID,DX_GROUP,AGE_AT_SCAN,SEX,FIQ\n${[1, 2, 3].map((n) => `NYU,${50_950 + n},1,${10 + n}.5,1,${n === 1 ? -9999 : 100}\nUCLA_1,${51_200 + n},2,12,2,110`).join("\n")}\n`,
      });
    },
    perPerson: 3,
    expected: {
      "participants.tsv":
        "participant_id\tsite\tgroup\tage\tsex\tfiq\nsub-50951\tNYU\tautism\t11.5\tM\tn/a\nsub-50952\tNYU\tautism\t12.5\tM\t100\nsub-51201\tUCLA_1\tcontrol\t12\tF\t110\nsub-51202\tUCLA_1\tcontrol\t12\tF\t110\n",
      "sub-50951/func/sub-50951_task-rest_bold.json": /"RepetitionTime": 2,/,
    },
  },
  clinic: {
    make: async (folder, people) => {
      const series = numbers(people).flatMap((n) => {
        const one = (number: number, date: string, description: string, more = {}) =>
          madeSeries(n * 20 + number, {
            ...{
              subject: `Doe^Jane${n}`,
              description,
              date,
              study: `2.25.88.${n}.${date}`,
              series: `2.25.88.${n}.${number}`,
            },
            folder: `DICOM/${n}${number}`,
            ...more,
          });
        return [
          one(1, "20230301", "Survey"),
          one(2, "20230301", "t1_mprage_sag_p2_iso"),
          one(3, "20230301", "t2_tse_tra"),
          one(4, "20230301", "t2_space_dark-fluid_sag"),
          one(5, "20240505", "3D T1 MPRAGE + GD"),
          one(6, "20240505", "eADC", { imageType: ["DERIVED", "PRIMARY", "ADC"] }),
        ];
      });
      await writeDicom(folder, series);
      writeFiles(folder, { "README.TXT": "A viewer is on this disc." });
    },
    perPerson: 4,
    expected: { "participants.tsv": /^participant_id\tage\tsex\nsub-[0-9a-z]{8}\t35\tF\nsub-[0-9a-z]{8}\t35\tF\n$/ },
  },
};

test("the raw scans of OASIS-1 are sagittal: their axes point to the front, the top and the left", async () => {
  const [source, out] = [scratchFolder(), join(scratchFolder(), "out")];
  await miniatures["oasis-1"]?.make(source, 1);
  await convert(source, readyMapping("oasis-1") ?? "", out);
  const { affine } = readConverted(join(out, "sub-OAS10001/ses-MR1/anat/sub-OAS10001_ses-MR1_run-1_T1w.nii.gz"));
  const signs = affine.map((row) => row.slice(0, 3).map((value) => Math.sign(value)));
  expect(signs).toEqual([
    [0, 0, -1],
    [1, 0, 0],
    [0, 1, 0],
  ]);
});

test("each ready mapping has a miniature", () => {
  expect(readyMappings()).toEqual(Object.keys(miniatures).sort());
});

describe.each(Object.entries(miniatures))("the ready mapping %s", (name, { make, perPerson, expected }) => {
  const needsDicom = name === "adni" || name === "clinic";

  test.skipIf(needsDicom && !canWriteDicom)(
    "converts a miniature, does nothing twice, and converts one person more alone",
    async () => {
      const folder = scratchFolder();
      const [source, out, labels] = [join(folder, "source"), join(folder, "out"), join(folder, "labels.json")];
      writeFiles(source, {});
      execFileSync("mkdir", ["-p", source]);
      await make(source, 2);
      const mapping = readyMapping(name);
      if (mapping === null) throw new Error("There is such a mapping.");
      const { plan, report } = await convert(source, mapping, out, { labels });
      expect(errorsOf(plan)).toEqual([]);
      expect(new Set(plan.entries.map(({ source: path }) => path)).size).toBe(plan.entries.length);
      expect(report).toMatchObject({ converted: 2 * perPerson, unchanged: 0, failures: [] });
      for (const [path, content] of Object.entries(expected)) {
        const text = readFileSync(join(out, path), "utf8");
        if (typeof content === "string") expect(text).toBe(content);
        else expect(text).toMatch(content);
      }
      if (hasValidator) expect(await validatorErrors(out)).toEqual([]);

      const before = treeHashes(out);
      expect((await convert(source, mapping, out, { labels })).report).toMatchObject({
        converted: 0,
        unchanged: 2 * perPerson,
      });
      expect(treeHashes(out)).toEqual(before);

      await make(source, 3);
      expect((await convert(source, mapping, out, { labels })).report).toMatchObject({
        converted: perPerson,
        unchanged: 2 * perPerson,
      });
      expect(readdirSync(out).filter((entry) => entry.startsWith("sub-")).length).toBe(name === "abide-1" ? 6 : 3);
      if (hasValidator) expect(await validatorErrors(out)).toEqual([]);
    },
  );
});
