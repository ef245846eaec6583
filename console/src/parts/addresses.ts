/** The address of a subject, or of one of its sessions. @example subjectAddress("ds1", "01", null) // "/datasets/ds1/subjects/01" */
export const subjectAddress = (dataset: string, subject: string, session: string | null = null): string => {
  const parts = [dataset, "subjects", subject].map(encodeURIComponent).join("/");
  return `/datasets/${parts}${session === null ? "" : `?session=${encodeURIComponent(session)}`}`;
};
