/** The value of a metric without labels in Prometheus' text format, or null. */
export const readMetric = (text: string, name: string): number | null => {
  const line = text.split("\n").find((one) => one.startsWith(`${name} `) || one.startsWith(`${name}{`));
  const value = Number(line?.slice(line.lastIndexOf(" ") + 1));
  return line === undefined || Number.isNaN(value) ? null : value;
};
