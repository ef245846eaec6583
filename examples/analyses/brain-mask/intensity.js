/** The value below which the given share of the values lies. @param {Float32Array} values @param {number} share From 0 to 1. */
export const quantile = (values, share) => {
  const sorted = Float32Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.round(share * (sorted.length - 1)))];
};

/** Every `step`-th value: enough to tell how they are spread. @param {Float32Array} values @param {number} wanted */
export const sample = (values, wanted) => {
  const step = Math.max(1, Math.floor(values.length / wanted));
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0; i < some.length; i += 1) some[i] = values[i * step];
  return some;
};

/**
 * The threshold that parts dark from bright best (N. Otsu, 1979).
 * @param {Float32Array} values
 * @returns {number}
 */
export const otsu = (values) => {
  const low = quantile(values, 0.001);
  const high = quantile(values, 0.999);
  const bins = 256;
  const histogram = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * bins);
    histogram[Math.max(0, Math.min(bins - 1, bin))] += 1;
  }
  return low + ((bestCut(histogram) + 1) / bins) * (high - low);
};

/** The bin after which the classes differ most. @param {Float64Array} histogram */
const bestCut = (histogram) => {
  const all = histogram.reduce((sum, n) => sum + n, 0);
  const total = histogram.reduce((sum, n, bin) => sum + n * bin, 0);
  let best = { cut: 0, between: -1 };
  let below = 0;
  let sumBelow = 0;
  for (let cut = 0; cut < histogram.length - 1; cut += 1) {
    below += histogram[cut];
    sumBelow += histogram[cut] * cut;
    const above = all - below;
    if (below === 0 || above === 0) continue;
    const between = below * above * (sumBelow / below - (total - sumBelow) / above) ** 2;
    if (between > best.between) best = { cut, between };
  }
  return best.cut;
};
