/**
 * Blanks labels of people in a text: in paths of files, where they consist of letters, digits and plus signs (BIDS), and of routes. Logs and
 * traces leave for places where nobody erases them when the person is deleted.
 *
 *     "no sub-01/anat/sub-01_T1w.nii.gz" → "no sub-…/anat/sub-…_T1w.nii.gz"
 */
export const withoutLabels = (text: string): string =>
  text.replace(/\bsub-[0-9A-Za-z+]+/g, "sub-…").replace(/(\/subjects\/)[^/?"\s\\]+/g, "$1…");
