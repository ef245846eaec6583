import { joinedHeader } from "../images/join-volumes.ts";
import { type NiftiHeader, squeezed, withStep } from "../images/nifti-header.ts";
import type { PlannedImage } from "./planned-image.ts";

/**
 * Makes the header of an image from those of its parts: joined where there are several, and with the repetition time that the mapping
 * states, since a loose file often holds another one; an anatomical image of one volume has three dimensions. @throws Error for volumes that are not on one grid
 */
export const headerOfParts = (
  image: PlannedImage,
  volumes: readonly { readonly path: string; readonly header: NiftiHeader }[],
): NiftiHeader => {
  const [first, second] = volumes;
  const seconds = repetitionTime(image);
  const header = first !== undefined && second === undefined ? first.header : joinedHeader(volumes, seconds ?? 0);
  const timed = seconds === null ? header : withStep(header, seconds);
  return image.datatype === "anat" ? squeezed(timed) : timed;
};

const repetitionTime = ({ metadata, parts: [first] }: PlannedImage): number | null => {
  const value =
    metadata.RepetitionTime ?? (first.image.reading.by === "header" ? first.image.sidecar.RepetitionTime : null);
  return typeof value === "number" ? value : null;
};
