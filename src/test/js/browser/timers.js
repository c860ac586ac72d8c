export const setTimeout = (ms) => new Promise((done) => globalThis.setTimeout(done, ms));
