import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, it } from "node:test";
import { all, newThread, newUser } from "./clients.js";

const forbidden = { statusCode: 403, code: "Forbidden" };
const notFound = { statusCode: 404, code: "NotFound" };
const badRequest = { statusCode: 400, code: "BadRequest" };

let alice;
let bob;

/** A well-formed id of this resource that was never created. */
const unknownUser = () => ({ communicationUserId: `${alice.id.split("_")[0]}_${randomUUID()}` });
const isUser = (user) => (participant) => participant.id.communicationUserId === user.id;

describe("threads", () => {
  before(async () => {
    alice = await newUser();
    bob = await newUser();
  });

  it("are created with participants, metadata and a retention policy", async () => {
    const { chatThread, invalidParticipants } = await alice.chat.createChatThread(
      { topic: "Harbour" },
      {
        participants: [{ id: bob.user, displayName: "Bob", metadata: { role: "guest" } }],
        metadata: { team: "pilots" },
        retentionPolicy: { kind: "threadCreationDate", deleteThreadAfterDays: 60 },
      },
    );
    assert.deepEqual(invalidParticipants ?? [], []);
    assert.match(chatThread.id, /^19:.+@thread\.v2$/);

    const read = await bob.thread(chatThread.id).getProperties();
    assert.equal(read.topic, "Harbour");
    assert.ok(Math.abs(read.createdOn.getTime() - Date.now()) < 120_000);
    assert.deepEqual(read.createdBy, { kind: "communicationUser", communicationUserId: alice.id });
    assert.deepEqual(read.metadata, { team: "pilots" });
    assert.deepEqual(read.retentionPolicy, { kind: "threadCreationDate", deleteThreadAfterDays: 60 });
    const participants = await all(alice.thread(chatThread.id).listParticipants());
    const guest = participants.find(isUser(bob));
    assert.equal(guest.displayName, "Bob");
    assert.deepEqual(guest.metadata, { role: "guest" });
    assert.equal(guest.shareHistoryTime.getTime(), 0);
  });

  it("take a new topic, metadata key by key and a new policy", async () => {
    const { chatThread } = await alice.chat.createChatThread({ topic: "old" }, { metadata: { a: "1", b: "1" } });
    const thread = alice.thread(chatThread.id);
    await thread.updateTopic("new");
    await thread.updateProperties({ metadata: { b: "2" } });
    await thread.updateProperties({ retentionPolicy: { kind: "threadCreationDate", deleteThreadAfterDays: 30 } });
    let read = await thread.getProperties();
    assert.equal(read.topic, "new");
    assert.deepEqual(read.metadata, { a: "1", b: "2" });
    assert.equal(read.retentionPolicy.deleteThreadAfterDays, 30);

    await thread.updateProperties({ topic: "newest", retentionPolicy: null });
    read = await thread.getProperties();
    assert.equal(read.topic, "newest");
    assert.deepEqual(read.retentionPolicy, { kind: "none" });
    await thread.updateProperties({ retentionPolicy: { kind: "none" } });
    assert.deepEqual((await thread.getProperties()).retentionPolicy, { kind: "none" });
  });

  it("lose their retention policy when it is set to null", async () => {
    const retentionPolicy = { kind: "threadCreationDate", deleteThreadAfterDays: 40 };
    const { chatThread } = await alice.chat.createChatThread({ topic: "kept" }, { retentionPolicy });
    const thread = alice.thread(chatThread.id);
    await thread.updateProperties({ topic: "still kept" });
    assert.deepEqual((await thread.getProperties()).retentionPolicy, retentionPolicy);
    await thread.updateProperties({ retentionPolicy: null });
    assert.deepEqual((await thread.getProperties()).retentionPolicy, { kind: "none" });
  });

  it("refuse what is too long or out of range", async () => {
    const { chat } = alice;
    const policy = (deleteThreadAfterDays) => ({
      retentionPolicy: { kind: "threadCreationDate", deleteThreadAfterDays },
    });
    await assert.rejects(chat.createChatThread({ topic: "" }), badRequest);
    await assert.rejects(chat.createChatThread({ topic: "x".repeat(251) }), badRequest);
    await assert.rejects(chat.createChatThread({ topic: "x" }, { metadata: { k: "v".repeat(1024) } }), badRequest);
    await assert.rejects(chat.createChatThread({ topic: "x" }, policy(29)), badRequest);
    await assert.rejects(chat.createChatThread({ topic: "x" }, policy(91)), badRequest);
  });

  it("are created once for one idempotency token", async () => {
    const idempotencyToken = randomUUID();
    const first = await alice.chat.createChatThread({ topic: "once" }, { idempotencyToken });
    const again = await alice.chat.createChatThread({ topic: "once" }, { idempotencyToken });
    const other = await alice.chat.createChatThread({ topic: "once" }, { idempotencyToken: randomUUID() });
    assert.equal(again.chatThread.id, first.chatThread.id);
    assert.notEqual(other.chatThread.id, first.chatThread.id);
  });

  it("are listed with the time of the last message", async () => {
    const user = await newUser();
    const id = await newThread(user, "listed");
    const [item, ...others] = await all(user.chat.listChatThreads());
    assert.deepEqual(others, []);
    assert.equal(item.id, id);
    assert.equal(item.topic, "listed");
    assert.ok(Math.abs(item.lastMessageReceivedOn.getTime() - Date.now()) < 120_000);
    assert.deepEqual(await all(user.chat.listChatThreads({ startTime: new Date(Date.now() + 3_600_000) })), []);
  });

  it("are deleted for all", async () => {
    const id = await newThread(alice, "short-lived", bob);
    await alice.chat.deleteChatThread(id);
    await assert.rejects(all(bob.thread(id).listMessages()), notFound);
  });

  it("are closed to others", async () => {
    const outsider = await newUser();
    const thread = outsider.thread(await newThread(alice, "closed"));
    await assert.rejects(thread.getProperties(), forbidden);
    await assert.rejects(all(thread.listMessages()), forbidden);
    await assert.rejects(thread.sendMessage({ content: "hi" }), forbidden);
    await assert.rejects(thread.updateTopic("mine"), forbidden);
    await assert.rejects(thread.updateProperties({ metadata: { k: "v" } }), forbidden);
    await assert.rejects(alice.thread("19:unknown@thread.v2").getProperties(), notFound);
  });
});

describe("participants", () => {
  it("are added, listed in pages, skipped and removed", async () => {
    const carol = await newUser();
    const thread = alice.thread(await newThread(alice, "participants"));
    const added = await thread.addParticipants({
      participants: [
        { id: bob.user, displayName: "Bob", shareHistoryTime: new Date(0) },
        { id: carol.user, displayName: "Carol", metadata: { role: "guest" } },
      ],
    });
    assert.deepEqual(added.invalidParticipants ?? [], []);
    const listed = await all(thread.listParticipants());
    assert.deepEqual(listed.map((p) => p.id.communicationUserId).sort(), [alice.id, bob.id, carol.id].sort());
    assert.deepEqual(listed.find(isUser(carol)).metadata, { role: "guest" });
    assert.equal((await all(thread.listParticipants({ maxPageSize: 1, skip: 1 }))).length, 2);

    await thread.removeParticipant(bob.user);
    await thread.removeParticipant(bob.user);
    assert.equal((await all(thread.listParticipants())).some(isUser(bob)), false);
  });

  it("who are not in are removed without an error and without a message", async () => {
    const carol = await newUser();
    const id = await newThread(alice, "never in");
    await alice.thread(id).removeParticipant(carol.user);
    assert.deepEqual((await all(alice.thread(id).listParticipants())).map((p) => p.id.communicationUserId), [alice.id]);
    const types = (await all(alice.thread(id).listMessages())).map((message) => message.type);
    assert.deepEqual(types, ["topicUpdated", "participantAdded"]);
  });

  it("that fail are reported, the others are in", async () => {
    const unknown = unknownUser();
    const { chatThread, invalidParticipants } = await alice.chat.createChatThread(
      { topic: "partly" },
      { participants: [{ id: unknown }, { id: bob.user }] },
    );
    assert.deepEqual(invalidParticipants.map(({ target, code }) => ({ target, code })), [
      { target: unknown.communicationUserId, code: "404" },
    ]);
    const thread = alice.thread(chatThread.id);
    const added = await thread.addParticipants({ participants: [{ id: unknown }] });
    assert.equal(added.invalidParticipants[0].target, unknown.communicationUserId);
    assert.ok((await all(thread.listParticipants())).some(isUser(bob)));
  });

  it("see nothing from before their share-history time", async () => {
    const carol = await newUser();
    const id = await newThread(alice, "history");
    const old = await alice.thread(id).sendMessage({ content: "old" });
    await alice.thread(id).addParticipants({
      participants: [{ id: carol.user, shareHistoryTime: new Date(Number(old.id) + 1) }],
    });
    const fresh = await alice.thread(id).sendMessage({ content: "fresh" });
    const seen = (await all(carol.thread(id).listMessages())).map((message) => message.id);
    assert.ok(seen.includes(fresh.id));
    assert.ok(!seen.includes(old.id));
  });
});
