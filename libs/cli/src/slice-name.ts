import type { SliceRef } from "@rollerblade/abids/facts";

/** A slice as people write it: `colin-mini/sub-01/ses-1`, or the path of its scan after the dataset. */
export const sliceName = ({ dataset, subject, session, scan }: SliceRef): string => {
  if (scan !== null) return `${dataset}/${scan}`;
  return [
    dataset,
    ...(subject === null ? [] : [`sub-${subject}`]),
    ...(session === null ? [] : [`ses-${session}`]),
  ].join("/");
};
