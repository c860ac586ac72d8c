// Those of node:assert/strict that the scripts use.
function same(one, other) {
  if (Object.is(one, other)) {
    return true;
  }
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return false;
  }
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
    return false;
  }
  if (one instanceof Date) {
    return one.getTime() === other.getTime();
  }
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.hasOwn(other, key) && same(one[key], other[key]));
}

function check(good, what, values) {
  if (!good) {
    throw new Error(`${what}: ${values.map((value) => JSON.stringify(value)).join(" | ")}`);
  }
}

export default {
  ok: (value, message) => check(value, message ?? "not ok", [value]),
  equal: (actual, expected) => check(Object.is(actual, expected), "not equal", [actual, expected]),
  deepEqual: (actual, expected) => check(same(actual, expected), "not equal", [actual, expected]),
  match: (text, pattern) => check(pattern.test(text), `does not match ${pattern}`, [text]),
  rejects: async (promise) => {
    const rejected = await promise.then(() => false, () => true);
    check(rejected, "not rejected", []);
  },
};
