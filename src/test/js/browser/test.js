// describe, it, before and after of node:test, as far as the scripts use them. The page calls runTests().
const suites = [];
let current;

function suite(name) {
  const added = { name, before: [], after: [], tests: [] };
  suites.push(added);
  return added;
}

export function describe(name, body) {
  current = suite(name);
  body();
  current = undefined;
}

export function it(name, body) {
  (current ?? suite("")).tests.push({ name, body });
}

export const before = (body) => current.before.push(body);
export const after = (body) => current.after.push(body);

async function outcome(name, body) {
  try {
    await body();
    return `ok ${name}`;
  } catch (failure) {
    return `failed ${name}: ${failure?.stack ?? failure}`;
  }
}

/** Runs everything in order; one line for each test. */
globalThis.runTests = async () => {
  const lines = [];
  for (const { name, before, after, tests } of suites) {
    for (const [kind, bodies] of [["before", before], ["", tests], ["after", after]]) {
      for (const body of bodies) {
        const line = await outcome(`${name} ${kind || body.name}`.trim(), body.body ?? body);
        if (!kind || line.startsWith("failed")) {
          lines.push(line);
        }
      }
    }
  }
  return lines;
};
