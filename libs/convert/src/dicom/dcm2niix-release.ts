import type { PinnedWheel } from "@rollerblade/programs";

/** The release of dcm2niix that is fetched where the machine has none. */
export const dcm2niixVersion = "1.0.20260724";

const wheel = (tag: string, sha256: string): PinnedWheel => ({
  package: "dcm2niix",
  version: dcm2niixVersion,
  file: `dcm2niix-${dcm2niixVersion}-cp38-abi3-${tag}.whl`,
  member: "dcm2niix",
  sha256,
});

/** PyPI's wheels of dcm2niix by `process.platform`-`process.arch`, each with its hash. */
export const dcm2niixWheels: Readonly<Record<string, PinnedWheel>> = {
  "linux-x64": wheel(
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "92381fab09e97f517d2f1120b0d4d8c00f0ed9dddabc70a56abd4e003ec59344",
  ),
  "linux-arm64": wheel(
    "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "a2e6f4a5c19395f9bf4f29e76c46e0eb3fc538c757bf86a2c25ac8c18a7807f0",
  ),
  "darwin-x64": wheel("macosx_10_9_x86_64", "51af5a71679b1c62e4d12f3d6c829a5f938bfc1cb1c44ee70857552ac09e3415"),
  "darwin-arm64": wheel("macosx_11_0_arm64", "71961b21a011e1f188cbc8b558f5dde0cd6f26fac4a1278758f15fa5c3d7aea8"),
};
