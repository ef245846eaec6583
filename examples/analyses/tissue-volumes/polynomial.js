/**
 * Powers of x, y and z of every term up to an order, without the constant.
 * @param {number} order
 * @returns {[number, number, number][]}
 */
export const termsOf = (order) => {
  /** @type {[number, number, number][]} */
  const terms = [];
  for (let total = 1; total <= order; total += 1) {
    for (let x = total; x >= 0; x -= 1) for (let y = total - x; y >= 0; y -= 1) terms.push([x, y, total - x - y]);
  }
  return terms;
};

/**
 * The value of every term at every place, one place after the other.
 * @param {[number, number, number][]} terms
 * @param {Float32Array} places x, y and z of each place.
 * @returns {Float32Array}
 */
export const evaluate = (terms, places) => {
  const count = terms.length;
  const values = new Float32Array((places.length / 3) * count);
  const order = Math.max(0, ...terms.flat());
  const powersOf = Uint8Array.from(terms.flat());
  const powers = [0, 1, 2].map(() => new Float64Array(order + 1).fill(1));
  const [x, y, z] = powers;
  for (let i = 0, to = 0; i < places.length; i += 3, to += count) {
    for (let axis = 0; axis < 3; axis += 1) {
      for (let power = 1; power <= order; power += 1) powers[axis][power] = powers[axis][power - 1] * places[i + axis];
    }
    for (let k = 0; k < count; k += 1)
      values[to + k] = x[powersOf[3 * k]] * y[powersOf[3 * k + 1]] * z[powersOf[3 * k + 2]];
  }
  return values;
};

/**
 * Solves `matrix · solution = vector` for a symmetric positive matrix (Cholesky).
 * @param {Float64Array[]} matrix
 * @param {Float64Array} vector
 * @returns {Float64Array}
 */
export const solve = (matrix, vector) => {
  const n = vector.length;
  const lower = matrix.map(() => new Float64Array(n));
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const rest = matrix[i][j] - dot(lower[i], lower[j], j);
      lower[i][j] = i === j ? Math.sqrt(Math.max(rest, 1e-12)) : rest / lower[j][j];
    }
  }
  const half = new Float64Array(n);
  for (let i = 0; i < n; i += 1) half[i] = (vector[i] - dot(lower[i], half, i)) / lower[i][i];
  const solution = new Float64Array(n);
  for (let i = n - 1; i >= 0; i -= 1) {
    let rest = half[i];
    for (let j = i + 1; j < n; j += 1) rest -= lower[j][i] * solution[j];
    solution[i] = rest / lower[i][i];
  }
  return solution;
};

/** @param {Float64Array} a @param {Float64Array} b @param {number} length */
const dot = (a, b, length) => {
  let sum = 0;
  for (let i = 0; i < length; i += 1) sum += a[i] * b[i];
  return sum;
};
