/** The address of a dataset. */
export const datasetAddress = (dataset: string): string => `/datasets/${encodeURIComponent(dataset)}`;

/** The address of a subject, or of one of its sessions. @example subjectAddress("ds1", "01") // "/datasets/ds1/subjects/01" */
export const subjectAddress = (dataset: string, subject: string, session: string | null = null): string =>
  `${datasetAddress(dataset)}/subjects/${encodeURIComponent(subject)}${session === null ? "" : `?session=${encodeURIComponent(session)}`}`;

/** The address of a query, written down or saved. */
export const queryAddress = (query: Readonly<Record<string, string>>): string => `/query?${new URLSearchParams(query)}`;

/** The address of an analysis. */
export const analysisAddress = (name: string): string => `/analyses/${encodeURIComponent(name)}`;

/** The address of a scan, on the page of its subject. @example scanAddress("ds1", "sub-01/anat/sub-01_T1w.nii.gz") */
export const scanAddress = (dataset: string, path: string): string => {
  const [, subject = ""] = /^sub-([0-9A-Za-z+]+)/.exec(path) ?? [];
  return `${datasetAddress(dataset)}/subjects/${encodeURIComponent(subject)}?${new URLSearchParams({ scan: path })}`;
};
