/** The columns in the words of BIDS, volumes in mL. @type {[string, (row: import("./rows.js").Row) => string | number | null][]} */
const COLUMNS = [
  ["participant_id", (row) => `sub-${row.subject}`],
  ["session_id", (row) => row.session && `ses-${row.session}`],
  ["age", (row) => row.age],
  ["sex", (row) => row.sex],
  ["group", (row) => row.group],
  ["brain_volume", (row) => row.brainVolume],
  ["csf", (row) => row.csf],
  ["gm", (row) => row.gm],
  ["wm", (row) => row.wm],
];

/** All rows as tab-separated values. @param {import("./rows.js").Row[]} rows @returns {string} */
export const tableOf = (rows) => {
  const lines = [COLUMNS.map(([name]) => name), ...rows.map((row) => COLUMNS.map(([, cell]) => cellText(cell(row))))];
  return lines.map((cells) => `${cells.join("\t")}\n`).join("");
};

/** BIDS writes "n/a" for what is not known. @param {string | number | null} value */
const cellText = (value) => (value === null || value === "" ? "n/a" : String(value).replaceAll(/\s+/g, " "));
