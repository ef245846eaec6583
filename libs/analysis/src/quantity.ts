const suffixes: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Parses a Kubernetes quantity (`2Gi`, `500m`, `1e3`, `1.5`) into a plain number, or undefined when it is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export const parseQuantity = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(?:([eE][+-]?\d+)|(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/.exec(text);
  if (match === null) return undefined;
  const number = Number(`${match[1]}${match[2] ?? ""}`);
  return number * (suffixes[match[3] ?? ""] ?? 1);
};

/** Writes bytes as a Kubernetes quantity in the largest binary unit that keeps them exact (`2Gi`, `1536Mi`, `1000`). */
export const formatBytes = (bytes: number): string => {
  for (const unit of ["Ti", "Gi", "Mi", "Ki"]) {
    const size = suffixes[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
};

const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Parses a duration (`90s`, `30m`, `1h30m`, `250ms`) into seconds, or undefined when it is none. */
export const parseDuration = (text: string): number | undefined => {
  if (!/^(\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(number) * (seconds[unit ?? ""] ?? 0);
  }
  return total;
};
