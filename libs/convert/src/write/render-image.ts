import type { JsonObject } from "@rollerblade/abids";
import type { ConvertedImage } from "../dicom/run-dcm2niix.ts";
import {
  cleanHeader,
  headerIn,
  type NiftiHeader,
  offsetOf,
  setUnits,
  textsIn,
  voxelBytesIn,
} from "../images/nifti-header.ts";
import { orientedAs } from "../images/orientation.ts";
import { readVoxels } from "../images/read-image.ts";
import { writeImage } from "../images/write-image.ts";
import type { Mapping } from "../mapping/mapping.ts";
import { composeMetadata } from "../plan/compose-metadata.ts";
import { headerOfParts } from "../plan/image-header.ts";
import type { MatchedImage } from "../plan/match-images.ts";
import type { PlannedWork, Removal } from "../plan/plan.ts";
import { stemOf } from "../plan/planned-image.ts";
import { writeJson } from "../plan/write-tsv.ts";

/** The files of one image, and what was taken out of them. */
export type RenderedImage = { readonly files: ReadonlyMap<string, Buffer>; readonly removals: readonly Removal[] };

/** What dcm2niix made of the series that a part of an image comes from. */
export type ConvertedParts = (part: MatchedImage) => Promise<ConvertedImage>;

type Volume = {
  readonly path: string;
  readonly header: NiftiHeader;
  readonly voxels: Buffer;
  readonly texts: number;
  readonly converted: ConvertedImage | null;
};

/** Makes the files of one image: voxels and header without texts, sidecar, gradients. */
export const renderImage = async (
  work: PlannedWork,
  mapping: Mapping,
  converted: ConvertedParts,
): Promise<RenderedImage> => {
  const { image } = work;
  const stem = stemOf(image);
  const volumes: Volume[] = [];
  for (const part of image.parts) volumes.push(await volumeOf(part, converted));
  const [first] = volumes;
  if (first === undefined) throw new Error("An image has a part at least.");
  const header = headerOfParts(image, volumes);
  const files = new Map<string, Buffer>();
  files.set(
    image.path,
    await writeImage(
      header,
      volumes.map(({ voxels }) => voxels),
    ),
  );
  const sidecar: JsonObject = first.converted?.sidecar ?? work.sidecar;
  const { metadata, removed } = composeMetadata(image, sidecar, work.linked, work.texts, mapping.keep);
  files.set(`${stem}.json`, Buffer.from(writeJson(metadata)));
  if (image.suffix === "dwi") {
    const bval = work.bval === null ? first.converted?.bval : await work.bval.read();
    const bvec = work.bvec === null ? first.converted?.bvec : await work.bvec.read();
    if (bval) files.set(`${stem}.bval`, bval);
    if (bvec) files.set(`${stem}.bvec`, bvec);
  }
  return {
    files,
    removals: [
      ...removed.map(({ key, reason }) => ({ target: `${stem}.json`, what: key, reason })),
      ...volumes.flatMap(({ texts }) =>
        Array.from({ length: texts }, () => ({
          target: image.path,
          what: "a text field",
          reason: "text in the header of the image" as const,
        })),
      ),
    ],
  };
};

const volumeOf = async (part: MatchedImage, converted: ConvertedParts): Promise<Volume> => {
  const { image, rule } = part;
  if (image.reading.by === "header") {
    const { files, layout } = image.reading;
    if (layout === null) throw new Error(`${image.path} cannot be read.`);
    const voxels = await readVoxels(files, layout);
    const header = layout.isOriented ? layout.header : orientedAs(layout.header, rule.orientation);
    return { path: image.path, header, voxels, texts: layout.texts.length, converted: null };
  }
  const made = await converted(part);
  if (made.image === null) throw new Error(`dcm2niix wrote no image of ${image.path}.`);
  const header = headerIn(made.image);
  const [texts, offset] = [textsIn(header).length, offsetOf(header)];
  cleanHeader(header);
  setUnits(header);
  const end = offset + voxelBytesIn(header);
  if (made.image.length < end) throw new Error(`dcm2niix wrote only a part of ${image.path}.`);
  return { path: image.path, header, voxels: made.image.subarray(offset, end), texts, converted: made };
};
