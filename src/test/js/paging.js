import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { all, endpoint, newThread, newUser, pages } from "./clients.js";

let alice;
let bob;
let id;

/** Reads a list in pages of some sizes, whole and continued after each page; the last page has no link, also when it is full. */
async function assertPages(list, identify) {
  const expected = (await all(list({}))).map(identify);
  assert.equal(new Set(expected).size, expected.length);
  for (const size of [1, 2, expected.length, 200]) {
    const read = await pages(list({ maxPageSize: size }));
    const ids = (some) => some.flatMap((page) => page.items.map(identify));
    assert.deepEqual(ids(read), expected, `pages of ${size}`);
    assert.equal(read.length, Math.ceil(expected.length / size), `number of pages of ${size}`);
    assert.equal(read.at(-1).next, undefined);
    for (const [index, page] of read.slice(0, -1).entries()) {
      assert.equal(page.items.length, size);
      assert.ok(page.next.startsWith(`${endpoint}/chat/threads`), page.next);
      assert.deepEqual(ids(await pages(list({}), page.next)), ids(read.slice(index + 1)));
    }
  }
}

describe("paging", () => {
  before(async () => {
    alice = await newUser();
    bob = await newUser();
    id = await newThread(alice, "pages", bob);
    await newThread(alice, "more pages");
    await newThread(alice, "most pages");
    const sent = await alice.thread(id).sendMessage({ content: "one" });
    await alice.thread(id).sendMessage({ content: "two" });
    await alice.thread(id).sendReadReceipt({ chatMessageId: sent.id });
    await bob.thread(id).sendReadReceipt({ chatMessageId: sent.id });
  });

  it("of messages", () => assertPages((options) => alice.thread(id).listMessages(options), (m) => m.id));

  it("of threads", () => assertPages((options) => alice.chat.listChatThreads(options), (t) => t.id));

  it("of participants", () =>
    assertPages((options) => alice.thread(id).listParticipants(options), (p) => p.id.communicationUserId));

  it("of receipts", () =>
    assertPages((options) => alice.thread(id).listReadReceipts(options), (r) => r.sender.communicationUserId));
});
