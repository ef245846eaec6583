import { deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { indexDataset } from "../dataset/index-dataset.ts";
import { memoryTree } from "../testing/memory-tree.ts";
import { type MadeHeader, niftiHeader } from "../testing/nifti.ts";
import { contentRules } from "./content-rules.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

const json = (value: object): string => JSON.stringify(value);
const table = (...rows: readonly string[]): string => `${rows.map((row) => row.replaceAll(" ", "\t")).join("\n")}\n`;
const described = (more: object = {}): Files => ({
  "dataset_description.json": json({ Name: "x", BIDSVersion: "1.11.1", DatasetType: "raw", ...more }),
});
const derived = { DatasetType: "derivative", GeneratedBy: [{ Name: "x" }] };

/** An image of one person with its sidecar. */
const image = (path: string, header: MadeHeader = {}, sidecar: object = {}): Files => ({
  [`sub-01/${path}.nii`]: niftiHeader(header),
  [`sub-01/${path}.json`]: json(sidecar),
});
const volumes = (count: number): MadeHeader => ({ dims: [4, 4, 4, count] });
const bold = (sidecar: object = {}, header: MadeHeader = volumes(10)): Files =>
  image("func/sub-01_task-rest_bold", header, { TaskName: "rest", ...sidecar });
const asl = (sidecar: object, ...context: readonly string[]): Files => ({
  ...image("perf/sub-01_asl", volumes(4), sidecar),
  ...(context.length > 0 && { "sub-01/perf/sub-01_aslcontext.tsv": table("volume_type", ...context) }),
});
const events = (...onsets: readonly string[]): Files => ({
  "sub-01/func/sub-01_task-rest_events.tsv": table("onset duration", ...onsets.map((onset) => `${onset} 1`)),
});
const eeg = (sidecar: object): Files => ({
  "sub-01/eeg/sub-01_task-rest_eeg.edf": "x",
  "sub-01/eeg/sub-01_task-rest_eeg.json": json(sidecar),
  "sub-01/eeg/sub-01_task-rest_channels.tsv": table("name type units", "a EEG uV", "b EEG uV"),
});
const nirs = (sidecar: object, ...channels: readonly string[]): Files => ({
  "sub-01/nirs/sub-01_task-rest_nirs.snirf": "x",
  "sub-01/nirs/sub-01_task-rest_nirs.json": json(sidecar),
  ...(channels.length > 0 && {
    "sub-01/nirs/sub-01_task-rest_channels.tsv": table(
      "name type source detector wavelength_nominal units",
      ...channels,
    ),
  }),
});
const optodes = (row: string): Files => ({
  "sub-01/nirs/sub-01_optodes.tsv": table("name type x y z", `a source ${row}`),
});
const dwi = (bval: string | null, bvec: string | null, count = 2): Files => ({
  ...image("dwi/sub-01_dwi", volumes(count)),
  ...(bval !== null && { "sub-01/dwi/sub-01_dwi.bval": bval }),
  ...(bvec !== null && { "sub-01/dwi/sub-01_dwi.bvec": bvec }),
});
const gaze = (name: string, sidecar: object, rows: string): Files => ({
  [`sub-01/func/sub-01_task-rest_recording-eye_${name}.tsv.gz`]: gzipSync(rows),
  [`sub-01/func/sub-01_task-rest_recording-eye_${name}.json`]: json(sidecar),
});

/** A gzip stream with a name or comment in its header (RFC 1952, 2.3). */
const gzipped = (flag: number, text: string, seconds = 0): Buffer =>
  Buffer.concat([
    Buffer.from([0x1f, 0x8b, 8, flag, seconds, 0, 0, 0, 0, 3]),
    Buffer.from(text === "" ? "" : `${text}\0`),
    deflateRawSync(niftiHeader()),
    Buffer.alloc(8),
  ]);
const t1wGz = (content: Uint8Array): Files => ({ "sub-01/anat/sub-01_T1w.nii.gz": content });

/** Of each check of the schema a dataset that breaks it. Checks of one code are told apart by their path. */
const broken: Readonly<Record<string, Files>> = {
  "checks.anat.T1wFileWithTooManyDimensions": image("anat/sub-01_T1w", volumes(2)),
  "checks.anat.PDT2Volumes": image("anat/sub-01_PDT2", volumes(3)),
  "checks.anat.PDT2Echos": image("anat/sub-01_PDT2", volumes(2), { EchoTime: [0.1] }),
  "checks.asl.ASLLabelingDurationNiftiLength": asl({ LabelingDuration: [1, 1] }),
  "checks.asl.ASLContextConsistent": asl({}, "control", "label"),
  "checks.asl.ASLFlipAngleNiftiLength": asl({ FlipAngle: [90] }),
  "checks.asl.ASLFlipAngleASLContextLength": asl({ FlipAngle: [90] }, "control", "label"),
  "checks.asl.ASLPostLabelingDelayNiftiLength": asl({ PostLabelingDelay: [1] }, "control", "label"),
  "checks.asl.ASLPostLabelingDelayASLContextLength": asl({ PostLabelingDelay: [1] }, "control", "label"),
  "checks.asl.ASLLabelingDurationASLContextLength": asl({ LabelingDuration: [1] }, "control", "label"),
  "checks.asl.ASLRepetitionTimePreparationASLContextLength": asl(
    { RepetitionTimePreparation: [1] },
    "control",
    "label",
  ),
  "checks.asl.ASLBackgroundSuppressionNumberPulses": asl({
    BackgroundSuppressionNumberPulses: 3,
    BackgroundSuppressionPulseTime: [1],
  }),
  "checks.asl.ASLTotalAcquiredPairsASLContextLength": asl({ TotalAcquiredPairs: 5 }, "control", "label"),
  "checks.asl.PostLabelingDelayGreater": asl({ PostLabelingDelay: 11 }),
  "checks.asl.BolusCutOffDelayTimeGreater": asl({ BolusCutOffDelayTime: 11 }),
  "checks.asl.LabelingDurationGreater": asl({ LabelingDuration: 11 }),
  "checks.asl.ASLEchoTimeASLContextLength": asl({ EchoTime: [0.1] }, "control", "label"),
  "checks.asl.ASLM0TypeAbsentScan": {
    ...asl({ M0Type: "absent" }, "control", "label"),
    ...image("perf/sub-01_m0scan"),
  },
  "checks.asl.ASLM0TypeAbsentASLContext": asl({ M0Type: "absent" }, "m0scan", "label"),
  "checks.asl.ASLM0TypeIncorrect": asl({ M0Type: "separate" }, "control", "label"),
  "checks.atlas.AtlasDescriptionRequired": { ...described(derived), "tpl-x/anat/tpl-x_atlas-y_dseg.nii.gz": "" },
  "checks.atlas.AtlasDescriptionRecommended": {
    ...described(derived),
    "sub-01/anat/sub-01_space-x_atlas-y_dseg.nii.gz": "",
  },
  "checks.channels.ElectrodeSpecificity": {
    "sub-01/eeg/sub-01_task-rest_electrodes.tsv": table("name x y z", "a 1 1 1"),
  },
  "checks.channels.CoordsystemSpecificity": { "sub-01/eeg/sub-01_task-rest_coordsystem.json": "{}" },
  "checks.channels.RequiredCoordsystem": { "sub-01/eeg/sub-01_electrodes.tsv": table("name x y z", "a 1 1 1") },
  "checks.common_derivatives.ResInSidecar": {
    ...described(derived),
    ...image("anat/sub-01_res-2_T1w", {}, { Resolution: { "1": "fine" } }),
  },
  "checks.dataset.NoSubjectFolders": { ...described({ DatasetType: "study" }), ...image("anat/sub-01_T1w") },
  "checks.dataset.SamplesTSVMissing": { "sub-01/micr/sub-01_sample-a_SEM.png": "x" },
  "checks.dataset.UnknownVersion": described({ BIDSVersion: "99.0.0" }),
  "checks.dataset.SingleSourceAuthors": { ...described({ Authors: ["a", "b"] }), "CITATION.cff": "x" },
  "checks.dataset.SingleSourceCitationFields": { ...described({ License: "CC0" }), "CITATION.cff": "x" },
  "checks.dataset.ScansTSVScans": { "sub-01/sub-01_scans.tsv": table("filename", "anat/sub-01_T2w.nii") },
  "checks.dwi.DWIVolumeCount": dwi("0 1 2", "0 1 2\n0 1 2\n0 1 2"),
  "checks.dwi.DWIBvalRows": dwi("0 1\n0 1", "0 1\n0 1\n0 1"),
  "checks.dwi.DWIBvecRows": dwi("0 1", "0 1\n0 1"),
  "checks.dwi.DWIMissingBvec": dwi("0 1", null),
  "checks.dwi.DWIMissingBval": dwi(null, "0 1\n0 1\n0 1"),
  "checks.eeg.EEGChannelCountReq": eeg({ EEGChannelCount: 3 }),
  "checks.eeg.ECGChannelCountReq": eeg({ ECGChannelCount: 3 }),
  "checks.eeg.EMGChannelCountReq": eeg({ EMGChannelCount: 3 }),
  "checks.eeg.EOGChannelCountReq": eeg({ EOGChannelCount: 3 }),
  "checks.eeg.MiscChannelCountReq": eeg({ MiscChannelCount: 3 }),
  "checks.eeg.TriggerChannelCountReq": eeg({ TriggerChannelCount: 3 }),
  "checks.emg.EMGChannelCountReq": {
    "sub-01/emg/sub-01_task-rest_emg.edf": "x",
    "sub-01/emg/sub-01_task-rest_emg.json": json({ EMGChannelCount: 3 }),
    "sub-01/emg/sub-01_task-rest_channels.tsv": table("name type units", "a EMG uV"),
  },
  "checks.emg.EMGCoordSysMatch": {
    "sub-01/emg/sub-01_electrodes.tsv": table("name x y z coordinate_system", "a 1 1 1 arm"),
    "sub-01/emg/sub-01_space-leg_coordsystem.json": "{}",
  },
  "checks.emg.EMGCoordSysParents": {
    "sub-01/emg/sub-01_electrodes.tsv": table("name x y z coordinate_system", "a 1 1 1 arm"),
    "sub-01/emg/sub-01_space-arm_coordsystem.json": json({ ParentCoordinateSystem: "body" }),
  },
  "checks.events.EventsMissing": image("func/sub-01_task-n_bold", volumes(4), { TaskName: "n" }),
  "checks.events.BehavioralOnsetAndDuration": {
    "sub-01/beh/sub-01_task-n_beh.tsv": table("onset duration", "1 1"),
  },
  "checks.events.StimulusFileMissing": {
    "sub-01/func/sub-01_task-rest_events.tsv": table("onset duration stim_file", "1 1 a.png"),
  },
  "checks.events.SortedOnsets": events("2", "1"),
  "checks.events.SuspiciousNegativeEventOnset": events("-100"),
  "checks.events.SuspiciousPositiveEventOnset": events("9999999"),
  "checks.eyetrack.EyetrackingStimulusPresentation": {
    ...bold(),
    ...events("1"),
    "sub-01/func/sub-01_task-rest_events.json": json({ StimulusPresentation: { ScreenDistance: "n/a" } }),
    "sub-01/func/sub-01_task-rest_physio.tsv.gz": gzipSync("1\n"),
    "sub-01/func/sub-01_task-rest_physio.json": json({
      ...{ PhysioType: "eyetrack", SampleCoordinateSystem: "gaze-on-screen", Columns: ["timestamp"] },
    }),
  },
  "checks.eyetrack.OnsetSourceConsistency": {
    ...gaze("physio", { Columns: ["timestamp"] }, "1\n"),
    ...gaze("physioevents", { OnsetSource: "other", Columns: ["onset"] }, "1\n"),
  },
  "checks.eyetrack.PupilSizeDescription": gaze(
    "physio",
    { PhysioType: "eyetrack", Columns: ["timestamp", "pupil_size"], pupil_size: { Description: "how wide" } },
    "1\t2\n",
  ),
  "checks.fmap.EchoTime12DifferenceUnreasonable": image(
    "fmap/sub-01_phasediff",
    {},
    { EchoTime1: 0.1, EchoTime2: 0.5 },
  ),
  "checks.fmap.FmapFieldmapWithoutMagnitude": image("fmap/sub-01_fieldmap"),
  "checks.fmap.FmapPhasediffWithoutMagnitude": image("fmap/sub-01_phasediff"),
  "checks.fmap.MagnitudeFileWithTooManyDimensions": image("fmap/sub-01_magnitude1", volumes(2)),
  "checks.fmap.EPISmallBVals": {
    ...image("fmap/sub-01_dir-AP_epi", volumes(1)),
    "sub-01/fmap/sub-01_dir-AP_epi.bval": "1000",
    "sub-01/fmap/sub-01_dir-AP_epi.bvec": "0\n0\n1",
  },
  "checks.fmap.TotalReadoutTimeMustDefine": image("fmap/sub-01_dir-AP_epi"),
  "checks.func.PhaseSuffixDeprecated": image("func/sub-01_task-rest_phase"),
  "checks.func.RepetitionTimeGreaterThan": bold({ RepetitionTime: 101 }),
  "checks.func.RepetitionTimeMismatch": bold({ RepetitionTime: 1 }),
  "checks.func.BoldNot4d": bold({}, {}),
  "checks.func.SliceTimingGreaterThanRepetitionTime": bold({ RepetitionTime: 2, SliceTiming: [3] }),
  "checks.func.VolumeTimingRepetitionTimeMutex": bold({ VolumeTiming: [1], RepetitionTime: 2 }),
  "checks.func.RepetitionTimeFrameAcquisitionDurationMutex": bold({ FrameAcquisitionDuration: 1, RepetitionTime: 2 }),
  "checks.func.VolumeTimingDelayTimeMutex": bold({ VolumeTiming: [1], DelayTime: 1 }),
  "checks.func.VolumeTimingMissingFrameAcquisitionDuration": bold({ VolumeTiming: [1] }),
  "checks.func.DeprecatedAcquisitionDuration": bold({ VolumeTiming: [1], AcquisitionDuration: 1 }),
  "checks.general.DuplicateFiles": { ...image("anat/sub-01_T1w"), ...t1wGz(gzipSync(niftiHeader())) },
  "checks.general.ReadmeFileSmall": { README: "x" },
  "checks.general.DuplicateReadmes": { README: "x", "README.md": "x" },
  "checks.hints.TooFewAuthors": described({ Authors: ["a"] }),
  "checks.hints.EmptyDatasetName": described({ Name: " " }),
  "checks.hints.SuspiciouslyLongBOLDDesign": { ...bold(), ...events("1000") },
  "checks.hints.SuspiciouslyShortBOLDDesign": { ...bold(), ...events("1") },
  "checks.ieeg.iEEGElectrodesRequired": { "sub-01/ieeg/sub-01_task-rest_ieeg.edf": "x" },
  "checks.micr.InconsistentTiffExtension": {
    "sub-01/micr/sub-01_sample-a_SEM.ome.tif": Buffer.from([0x49, 0x49, 43, 0, 8, 0, 0, 0, 0, 0]),
  },
  "checks.mri.PhasePartUnits": image("func/sub-01_task-rest_part-phase_bold", volumes(2), { Units: "V" }),
  "checks.mri.EchoTimeGreaterThan": image("anat/sub-01_T1w", {}, { EchoTime: 2 }),
  "checks.mri.TotalReadoutTimeGreaterThan": image("anat/sub-01_T1w", {}, { TotalReadoutTime: 11 }),
  "checks.mri.EffectiveEchoSpacingTooLarge": bold({
    ...{ RepetitionTime: 2, EffectiveEchoSpacing: 1, PhaseEncodingDirection: "j" },
  }),
  "checks.mri.SliceTimingElements": bold({ RepetitionTime: 2, SliceTiming: [0] }),
  "checks.mri.SliceTimingElementsWithDirection": bold({
    ...{ RepetitionTime: 2, SliceTiming: [0], SliceEncodingDirection: "k" },
  }),
  "checks.mri.EESGreaterThanTRT": image("anat/sub-01_T1w", {}, { EffectiveEchoSpacing: 2, TotalReadoutTime: 1 }),
  "checks.mri.VolumeTimingNotMonotonicallyIncreasing": bold({ VolumeTiming: [2, 1] }),
  "checks.mri.BolusCutOffDelayTimeNotMonotonicallyIncreasing": asl({ BolusCutOffDelayTime: [2, 1] }),
  "checks.mri.RepetitionTimePreparationNotConsistent": asl({ RepetitionTimePreparation: [1] }),
  "checks.mrs.MRSMatrixSize": image("mrs/sub-01_svs", { dims: [1, 1, 1, 8] }, { MatrixSize: [2, 1, 1] }),
  "checks.nifti.NiftiUnit": image("anat/sub-01_T1w", { units: 0 }),
  "checks.nifti.NiftiPixdim": image("anat/sub-01_T1w", { spacing: 0 }),
  "checks.nifti.NiftiPixdimPET": image("pet/sub-01_pet", { dims: [4, 4, 4, 2], spacing: 0 }),
  "checks.nifti.XformCodes0": image("anat/sub-01_T1w", { formCode: 0 }),
  "checks.nifti.NiftiPEDir": image("fmap/sub-01_dir-LR_epi", {}, { PhaseEncodingDirection: "j", TotalReadoutTime: 1 }),
  "checks.nirs.NASamplingFreq": nirs({ SamplingFrequency: "n/a" }, "a NIRSCWAMPLITUDE s d 760 V"),
  "checks.nirs.ACCELChannelCountReq": nirs({ ACCELChannelCount: 2 }, "a ACCEL n/a n/a n/a m/s^2"),
  "checks.nirs.GYROChannelCountReq": nirs({ GYROChannelCount: 2 }, "a GYRO n/a n/a n/a rad/s"),
  "checks.nirs.MAGNChannelCountReq": nirs({ MAGNChannelCount: 2 }, "a MAGN n/a n/a n/a T"),
  "checks.nirs.ShortChannelCountReq": nirs({ ShortChannelCount: 2 }, "a NIRSCWAMPLITUDE s d 760 V"),
  "checks.nirs.Component": nirs({}, "a ACCEL n/a n/a n/a m/s^2"),
  "checks.nirs.RecommendedChannels": nirs({}),
  "checks.nirs.RequiredTemplateX": optodes("n/a 1 1"),
  "checks.nirs.RequiredTemplateY": optodes("1 n/a 1"),
  "checks.nirs.RequiredTemplateZ": optodes("1 1 n/a"),
  "checks.nirs.RequiredCoordsystem": optodes("1 1 1"),
  "checks.pet.PETFrameConsistency": image("pet/sub-01_pet", volumes(2), {
    FrameDuration: [1],
    FrameTimesStart: [1, 2],
  }),
  "checks.pet.PETFrameConsistencyFrameDuration": image("pet/sub-01_pet", volumes(2), { FrameDuration: [1] }),
  "checks.pet.PETFrameConsistencyFrameTimesStart": image("pet/sub-01_pet", volumes(2), { FrameTimesStart: [1] }),
  "checks.privacy.GzipHeaderMtime": t1wGz(gzipped(0, "", 9)),
  "checks.privacy.GzipHeaderFilename": t1wGz(gzipped(0x08, "anna.nii")),
  "checks.privacy.GzipHeaderComment": t1wGz(gzipped(0x10, "anna")),
  "checks.references.SubjectRelativeIntendedForString": image("fmap/sub-01_epi", {}, { IntendedFor: "func/x.nii" }),
  "checks.references.SubjectRelativeIntendedForArray": image("fmap/sub-01_epi", {}, { IntendedFor: ["func/x.nii"] }),
  "checks.references.DatasetRelativeIntendedForString": {
    "sub-01/ieeg/sub-01_coordsystem.json": json({ IntendedFor: "x.nii" }),
    "sub-01/ieeg/sub-01_task-a_ieeg.edf": "x",
    "sub-01/ieeg/sub-01_task-a_ieeg.json": json({ IntendedFor: "x.nii" }),
  },
  "checks.references.DatasetRelativeIntendedForArray": {
    "sub-01/ieeg/sub-01_task-a_ieeg.edf": "x",
    "sub-01/ieeg/sub-01_task-a_ieeg.json": json({ IntendedFor: ["x.nii"] }),
  },
  "checks.references.AssociatedEmptyRoomString": {
    "sub-01/meg/sub-01_task-a_meg.fif": "x",
    "sub-01/meg/sub-01_task-a_meg.json": json({ AssociatedEmptyRoom: "x.fif" }),
  },
  "checks.references.AssociatedEmptyRoomArray": {
    "sub-01/meg/sub-01_task-a_meg.fif": "x",
    "sub-01/meg/sub-01_task-a_meg.json": json({ AssociatedEmptyRoom: ["x.fif"] }),
  },
  "checks.references.Sources": {
    ...described({ DatasetType: "derivatives" }),
    ...image("anat/sub-01_T1w", {}, { Sources: ["bids::x.nii"] }),
  },
};

/** Checks that rules of our own report with better messages, by the rule; see the tests of these. */
const reportedAs: Readonly<Record<string, readonly [rule: string, files: Files]>> = {
  "checks.dataset.SubjectFolders": ["no-subjects", {}],
  "checks.dataset.ParticipantIDMismatch": [
    "unlisted-subject",
    { "participants.tsv": table("participant_id", "sub-02"), ...image("anat/sub-01_T1w") },
  ],
  "checks.hints.ReadmeFileMissing": ["no-readme", {}],
  "checks.nifti.NiftiDimension": ["bad-image", image("anat/sub-01_T1w", { dims: [0, 4, 4] })],
};

/** Checks that no dataset can break, and why. */
const neverFires: Readonly<Record<string, string>> = {
  "checks.privacy.CheckAge89": "the schema writes the path without its slash, so that it selects no file",
  "checks.phenotype.PhenotypeSubjectsMissing": "the schema asks for a suffix `.tsv`, which no file has",
  "checks.common_derivatives.DenInSidecar": "BIDS allows the entity den in no name of a NIfTI file",
  "checks.nirs.NIRSChannelCount": "the schema asks for NIfTI of the datatype nirs, which has none",
  "checks.micr.PixelSizeInconsistent": "the XML of OME-TIFF is not read",
  "checks.mrs.MRSNiftiConsistency": "the header extension of NIfTI-MRS is not read",
};

const rulesIn = (files: Files): readonly string[] =>
  [...indexDataset(memoryTree({ ...described(), ...files }), { tables: true })].flatMap(({ findings }) =>
    findings.map(({ rule }) => rule),
  );

const checks = contentRules.filter((rule) => rule.checks !== undefined);

test("every check of the schema is broken by a dataset here, or cannot be", () => {
  const known = [...Object.keys(broken), ...Object.keys(reportedAs), ...Object.keys(neverFires)].sort();
  expect(known).toEqual(checks.map(({ path }) => path).sort());
});

test.each(checks.filter(({ path }) => path in broken).map((rule) => [rule.path, rule.issue?.code ?? ""]))(
  "%s fires (%s)",
  (path, code) => {
    expect(rulesIn(broken[path] ?? {})).toContain(code.toUpperCase());
    // And it does not where there is nothing of the kind.
    expect(
      rulesIn({ README: "x".repeat(200) }).filter((rule) => rule === code.toUpperCase() && rule !== "TOO_FEW_AUTHORS"),
    ).toEqual([]);
  },
);

test.each(Object.entries(reportedAs))("%s is reported as a rule of our own", (_, [rule, files]) => {
  expect(rulesIn(files)).toContain(rule);
});
