import { expect, test } from "vitest";
import { isMachineValue } from "./machine-values.ts";

test.each([
  ["Manufacturer", "Siemens"],
  ["Manufacturer", "GE MEDICAL SYSTEMS"],
  ["ManufacturersModelName", "MAGNETOM Prisma Fit"],
  ["ScanningSequence", "GR\\IR"],
  ["SequenceVariant", "SK\\SP\\MP"],
  ["ScanOptions", "PFP\\FS"],
  ["SequenceName", "*tfl3d1_16ns"],
  ["SequenceName", "ep_b5#1"],
  ["PulseSequenceType", "Multiband Gradient Echo EPI"],
  ["SoftwareVersions", "syngo MR E11"],
  ["SoftwareVersions", "5.3.0\\5.3.0.0"],
  ["ReceiveCoilName", "HeadNeck_64"],
  ["ReceiveCoilActiveElements", "HC1-7"],
  ["BodyPart", "BRAIN"],
  ["MRAcquisitionType", "3D"],
  ["PhaseEncodingDirection", "j-"],
  ["InjectedRadioactivityUnits", "MBq"],
])("%s: %s is what a machine writes", (term, value) => {
  expect(isMachineValue(term, value)).toBe(true);
});

test.each([
  ["Manufacturer", "Dr. Doe's scanner"],
  ["ScanOptions", "JANEDOE1980"],
  ["SequenceName", "for jane doe"],
  ["SoftwareVersions", "installed by J. Doe"],
  ["ReceiveCoilName", "Jane"],
  ["BodyPart", "JANE"],
  ["PulseSequenceType", "Jane's EPI"],
  ["PulseSequenceDetails", "%CustomerSeq%\\doe_mbep2d"],
  ["Instructions", "Lie still, Jane"],
  ["TaskDescription", "what Jane did"],
  ["PhaseEncodingDirection", "to the left"],
  ["MRAcquisitionType", "Jane"],
  ["EchoTime", "Jane"],
])("%s: %s may be somebody's words", (term, value) => {
  expect(isMachineValue(term, value)).toBe(false);
});
