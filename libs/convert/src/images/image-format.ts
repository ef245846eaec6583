/** Formats of images that are read without `dcm2niix`. */
export type ImageFormat = "nifti" | "analyze" | "mgh";

/** The format of a file by its name; null for everything else. `.img` belongs to its `.hdr`. */
export const formatOf = (path: string): ImageFormat | null => {
  if (/\.nii(?:\.gz)?$/i.test(path)) return "nifti";
  if (/\.hdr$/i.test(path)) return "analyze";
  return /\.mg[hz]$/i.test(path) ? "mgh" : null;
};

/** Whether a file is compressed by gzip. */
export const isCompressed = (path: string): boolean => /\.(?:gz|mgz)$/i.test(path);
