import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { all, newThread, newUser } from "./clients.js";

const forbidden = { statusCode: 403, code: "Forbidden" };
const notFound = { statusCode: 404, code: "NotFound" };
const badRequest = { statusCode: 400, code: "BadRequest" };

/** An id is the arrival in milliseconds; times of chat have whole seconds. */
const wholeSecond = (messageId) => Math.floor(Number(messageId) / 1000) * 1000;

let alice;
let bob;
let id;
let thread;

before(async () => {
  alice = await newUser();
  bob = await newUser();
  id = await newThread(alice, "messages", bob);
  thread = alice.thread(id);
});

describe("messages", () => {
  it("are read back as they were sent", async () => {
    const metadata = { deliveryMode: "deferred", tag: "a=b" };
    const content = "Grüße, 世界 🚢";
    const sent = await thread.sendMessage({ content }, { senderDisplayName: "Alice", type: "text", metadata });
    const read = await bob.thread(id).getMessage(sent.id);
    assert.match(sent.id, /^\d{13}$/);
    assert.equal(read.type, "text");
    assert.equal(read.content.message, content);
    assert.equal(read.senderDisplayName, "Alice");
    assert.deepEqual(read.metadata, metadata);
    assert.deepEqual(read.sender, { kind: "communicationUser", communicationUserId: alice.id });
    assert.equal(read.version, sent.id);
    assert.equal(read.createdOn.getTime(), wholeSecond(sent.id));
    assert.equal(read.editedOn, undefined);
    assert.equal(read.deletedOn, undefined);
  });

  it("of type html are sanitised", async () => {
    const content = "<p>Hi <b>there</b></p><script>alert(1)</script>";
    const sent = await thread.sendMessage({ content }, { type: "html" });
    const read = await thread.getMessage(sent.id);
    assert.equal(read.type, "html");
    assert.ok(read.content.message.includes("<b>there</b>"));
    assert.ok(!read.content.message.includes("script"));
  });

  it("are edited: content, metadata, version", async () => {
    const sent = await thread.sendMessage({ content: "one" }, { metadata: { k: "1" } });
    await thread.updateMessage(sent.id, { content: "two" });
    const edited = await thread.getMessage(sent.id);
    assert.equal(edited.content.message, "two");
    assert.deepEqual(edited.metadata, { k: "1" });
    assert.ok(edited.editedOn >= edited.createdOn);
    assert.equal(edited.createdOn.getTime(), wholeSecond(sent.id));
    assert.ok(Number(edited.version) > Number(sent.id));

    await thread.updateMessage(sent.id, { metadata: { k: "2" } });
    const tagged = await thread.getMessage(sent.id);
    assert.equal(tagged.content.message, "two");
    assert.deepEqual(tagged.metadata, { k: "2" });
    assert.equal(tagged.sequenceId, edited.sequenceId);
    assert.ok(Number(tagged.version) > Number(edited.version));
  });

  it("are deleted but stay in the list", async () => {
    const sent = await thread.sendMessage({ content: "regretted" });
    await thread.deleteMessage(sent.id);
    const read = await bob.thread(id).getMessage(sent.id);
    assert.ok(read.deletedOn >= read.createdOn);
    assert.equal(read.content.message, "");
    assert.equal(read.editedOn, undefined);
    assert.ok((await all(bob.thread(id).listMessages())).some((m) => m.id === sent.id && m.deletedOn));
    await thread.deleteMessage(sent.id);
    await assert.rejects(thread.updateMessage(sent.id, { content: "back" }), notFound);
  });

  it("belong to their sender", async () => {
    const sent = await thread.sendMessage({ content: "mine" });
    await assert.rejects(bob.thread(id).updateMessage(sent.id, { content: "yours" }), forbidden);
    await assert.rejects(bob.thread(id).deleteMessage(sent.id), forbidden);
  });

  it("unknown or too large are refused", async () => {
    await assert.rejects(thread.getMessage("1600000000000"), notFound);
    await assert.rejects(thread.sendMessage({ content: "x".repeat(28 * 1024 + 1) }), badRequest);
    await assert.rejects(thread.sendMessage({ content: "no such type" }, { type: "topicUpdated" }), badRequest);
  });

  it("of the system tell what happened, counted in the sequence", async () => {
    const fresh = await newThread(alice, "first topic", bob);
    await alice.thread(fresh).sendMessage({ content: "hello" });
    await alice.thread(fresh).updateTopic("second topic");
    await alice.thread(fresh).removeParticipant(bob.user);
    const listed = await all(alice.thread(fresh).listMessages());
    assert.deepEqual(
      listed.map((message) => [message.sequenceId, message.type]),
      [
        ["5", "participantRemoved"],
        ["4", "topicUpdated"],
        ["3", "text"],
        ["2", "topicUpdated"],
        ["1", "participantAdded"],
      ],
    );
    const [removed, retitled, , titled, added] = listed;
    const initiator = { kind: "communicationUser", communicationUserId: alice.id };
    for (const message of [removed, retitled, titled, added]) {
      assert.deepEqual(message.content.initiator, initiator);
      assert.equal(message.sender, undefined);
    }
    assert.equal(retitled.content.topic, "second topic");
    assert.equal(titled.content.topic, "first topic");
    assert.deepEqual(removed.content.participants.map((p) => p.id.communicationUserId), [bob.id]);
    assert.deepEqual(
      added.content.participants.map((p) => p.id.communicationUserId).sort(),
      [alice.id, bob.id].sort(),
    );
    assert.equal(added.content.participants[0].shareHistoryTime.getTime(), 0);
  });

  it("are listed from a start time on", async () => {
    const hour = 3_600_000;
    assert.deepEqual(await all(thread.listMessages({ startTime: new Date(Date.now() + hour) })), []);
    assert.ok((await all(thread.listMessages({ startTime: new Date(Date.now() - hour) }))).length > 2);
  });
});

describe("receipts and typing", () => {
  it("shows one row per reader that moves forward", async () => {
    const fresh = await newThread(alice, "receipts", bob);
    const first = await alice.thread(fresh).sendMessage({ content: "1" });
    const second = await alice.thread(fresh).sendMessage({ content: "2" });
    await bob.thread(fresh).sendReadReceipt({ chatMessageId: first.id });
    await bob.thread(fresh).sendReadReceipt({ chatMessageId: second.id });
    await bob.thread(fresh).sendReadReceipt({ chatMessageId: first.id });
    const [receipt, ...others] = await all(alice.thread(fresh).listReadReceipts());
    assert.deepEqual(others, []);
    assert.deepEqual(receipt.sender, { kind: "communicationUser", communicationUserId: bob.id });
    assert.equal(receipt.chatMessageId, second.id);
    assert.ok(Math.abs(receipt.readOn.getTime() - Date.now()) < 120_000);
  });

  it("posts typing once, until a message is sent", async () => {
    const client = bob.thread(id);
    assert.equal(await client.sendTypingNotification(), true);
    assert.equal(await client.sendTypingNotification(), false);
    await client.sendMessage({ content: "done" });
    assert.equal(await client.sendTypingNotification({ senderDisplayName: "Bob" }), true);
  });
});
