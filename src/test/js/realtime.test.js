// The live channel of the unmodified client: sign-in, ten events, stop and start, cuts, tokens.
import "./browser.js";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { canCut, Client, newClient, newId, newProxy, newToken, until } from "./realtime.js";

/** Version 1.5.4 knows no thread metadata, retention policy or reason of a deletion in events. */
const older = process.env.CHAT_PACKAGE?.includes("1.5.4") ?? false;
const since16 = (value) => (older ? undefined : value);

/** Tests that need a proxy; a page cannot open one. */
const cutting = canCut ? it : () => {};

const kind = (client) => ({ kind: "communicationUser", communicationUserId: client.id });

describe("live channel", () => {
  let ann;
  let ben;
  let threadId;

  before(async () => {
    ann = await newClient();
    ben = await newClient();
    await Promise.all([ann.start(), ben.start()]);
  });

  after(async () => {
    await Promise.all([ann.stop(), ben.stop()]);
  });

  it("announces a thread to all its participants, the creator too", async () => {
    const created = await ann.chat.createChatThread(
      { topic: "50 % \u00e4 \"quoted\" %41" },
      {
        participants: [{ id: ben.user, displayName: "Ben %20" }],
        metadata: { colour: "bl\u00fce 100%" },
        retentionPolicy: { kind: "threadCreationDate", deleteThreadAfterDays: 90 },
      },
    );
    threadId = created.chatThread.id;
    for (const client of [ann, ben]) {
      const event = await client.event("chatThreadCreated", (e) => e.threadId === threadId);
      assert.equal(event.properties.topic, "50 % \u00e4 \"quoted\" %41");
      assert.deepEqual(event.properties.metadata, since16({ colour: "bl\u00fce 100%" }));
      assert.deepEqual(event.retentionPolicy, since16({ kind: "threadCreationDate", deleteThreadAfterDays: 90 }));
      assert.deepEqual(event.createdBy.id, kind(ann));
      assert.equal(event.createdOn.getTime(), created.chatThread.createdOn.getTime());
      assert.match(event.version, /^\d+$/);
      const member = event.participants.find((p) => p.id.communicationUserId === ben.id);
      assert.equal(member.displayName, "Ben %20");
      assert.ok(older || member.shareHistoryTime instanceof Date);
      assert.equal(event.participants.length, 2);
    }
  });

  it("brings messages with all their properties, to the sender too", async () => {
    const sent = await ann.thread(threadId).sendMessage(
      { content: "hello \u2603 \"you\" \\ %41" },
      { senderDisplayName: "Ann", type: "text", metadata: { tags: "a\"b" } },
    );
    for (const client of [ann, ben]) {
      const event = await client.event("chatMessageReceived", (e) => e.id === sent.id);
      const { createdOn, ...rest } = event;
      assert.deepEqual(rest, {
        name: "chatMessageReceived",
        threadId,
        sender: kind(ann),
        senderDisplayName: "Ann",
        recipient: kind(client),
        id: sent.id,
        version: sent.id,
        type: "Text",
        message: "hello \u2603 \"you\" \\ %41",
        metadata: { tags: "a\"b" },
        attachments: [],
      });
      // The service lists times in whole seconds.
      assert.ok(Math.abs(createdOn.getTime() - Number(sent.id)) <= 1_000);
    }
    const html = await ben.thread(threadId).sendMessage({ content: "<p>hi</p>" }, { type: "html" });
    const event = await ann.event("chatMessageReceived", (e) => e.id === html.id);
    assert.equal(event.type, "RichText/Html");
    assert.equal(event.message, "<p>hi</p>");
    assert.deepEqual(event.metadata, {});
  });

  it("brings edits, deletes, typing and receipts", async () => {
    const { id } = await ann.thread(threadId).sendMessage({ content: "first" }, { senderDisplayName: "Ann" });
    await ben.event("chatMessageReceived", (e) => e.id === id);
    await ann.thread(threadId).updateMessage(id, { content: "second", metadata: { x: "y" } });
    const edited = await ben.event("chatMessageEdited", (e) => e.id === id);
    assert.equal(edited.message, "second");
    assert.deepEqual(edited.metadata, { x: "y" });
    assert.deepEqual(edited.sender, kind(ann));
    assert.deepEqual(edited.recipient, kind(ben));
    assert.equal(edited.senderDisplayName, "Ann");
    assert.equal(edited.type, "Text");
    assert.equal(edited.threadId, threadId);
    assert.ok(edited.editedOn >= edited.createdOn);
    assert.ok(Number(edited.version) > Number(id));

    await ben.thread(threadId).sendReadReceipt({ chatMessageId: id });
    for (const client of [ann, ben]) {
      const read = await client.event("readReceiptReceived", (e) => e.chatMessageId === id);
      assert.deepEqual(read.sender, kind(ben));
      assert.deepEqual(read.recipient, kind(client));
      assert.equal(read.senderDisplayName, "");
      assert.equal(read.threadId, threadId);
      assert.ok(Math.abs(read.readOn.getTime() - Date.now()) < 60_000);
    }

    await ben.thread(threadId).sendTypingNotification({ senderDisplayName: "Ben" });
    const typing = await ann.event("typingIndicatorReceived");
    assert.deepEqual(typing.sender, kind(ben));
    assert.deepEqual(typing.recipient, kind(ann));
    assert.equal(typing.senderDisplayName, "Ben");
    assert.equal(typing.threadId, threadId);
    assert.ok(Math.abs(typing.receivedOn.getTime() - Date.now()) < 60_000);
    assert.match(typing.version, /^\d+$/);
    assert.equal(ben.of("typingIndicatorReceived").length, 0);

    await ann.thread(threadId).deleteMessage(id);
    const deleted = await ben.event("chatMessageDeleted", (e) => e.id === id);
    assert.ok(deleted.deletedOn >= deleted.createdOn);
    assert.deepEqual(deleted.sender, kind(ann));
    assert.deepEqual(deleted.recipient, kind(ben));
    assert.equal(deleted.type, "Text");
    assert.equal(deleted.threadId, threadId);
  });

  it("brings changes of topic and participants", async () => {
    await ann.thread(threadId).updateTopic("new 100%");
    for (const client of [ann, ben]) {
      const updated = await client.event("chatThreadPropertiesUpdated", (e) => e.properties.topic === "new 100%");
      assert.equal(updated.threadId, threadId);
      assert.deepEqual(updated.updatedBy.id, kind(ann));
      assert.deepEqual(updated.properties.metadata, since16({ colour: "bl\u00fce 100%" }));
      assert.deepEqual(updated.retentionPolicy, since16({ kind: "threadCreationDate", deleteThreadAfterDays: 90 }));
      assert.ok(updated.updatedOn instanceof Date);
      assert.match(updated.version, /^\d+$/);
    }

    const cat = await newClient();
    await cat.start();
    const before = await ann.thread(threadId).sendMessage({ content: "before Cat" });
    await pause(1_100);
    const from = new Date();
    await ann.thread(threadId).addParticipants({
      participants: [{ id: cat.user, displayName: "Cat", shareHistoryTime: from }],
    });
    const added = await ben.event("participantsAdded", (e) => e.participantsAdded[0].id.communicationUserId === cat.id);
    assert.equal(added.threadId, threadId);
    assert.deepEqual(added.addedBy.id, kind(ann));
    assert.equal(added.participantsAdded[0].displayName, "Cat");
    assert.ok(Math.abs(added.participantsAdded[0].shareHistoryTime - from) < 1_000);
    assert.ok(added.addedOn instanceof Date);
    const joined = await cat.event("chatThreadCreated", (e) => e.threadId === threadId);
    assert.equal(joined.participants.length, 3);
    const next = await ann.thread(threadId).sendMessage({ content: "for Cat" });
    await cat.event("chatMessageReceived", (e) => e.id === next.id);
    assert.equal(cat.of("chatMessageReceived", (e) => e.id === before.id).length, 0);

    await ann.thread(threadId).removeParticipant(cat.user);
    for (const client of [ben, cat]) {
      const removed = await client.event(
        "participantsRemoved",
        (e) => e.participantsRemoved[0].id.communicationUserId === cat.id,
      );
      assert.equal(removed.threadId, threadId);
      assert.ok(removed.removedOn instanceof Date);
    }
    const hidden = await ann.thread(threadId).sendMessage({ content: "not for Cat" });
    await ben.event("chatMessageReceived", (e) => e.id === hidden.id);

    await ann.thread(threadId).addParticipants({ participants: [{ id: cat.user, displayName: "Cat", shareHistoryTime: new Date() }] });
    await until("joined again", () => cat.of("chatThreadCreated", (e) => e.threadId === threadId).length === 2);
    const last = await ann.thread(threadId).sendMessage({ content: "again for Cat" });
    await cat.event("chatMessageReceived", (e) => e.id === last.id);
    assert.equal(cat.of("chatMessageReceived", (e) => e.id === hidden.id).length, 0);
    await cat.stop();
  });

  it("announces that a thread was deleted", async () => {
    await ann.chat.deleteChatThread(threadId);
    for (const client of [ann, ben]) {
      const deleted = await client.event("chatThreadDeleted", (e) => e.threadId === threadId);
      assert.equal(deleted.reason, since16("deletedByUser"));
      assert.ok(deleted.deletedOn instanceof Date);
    }
  });
});

describe("messages of a thread that is made after sign-in", () => {
  it("arrive though they are sent at once", async () => {
    const ann = await newClient();
    const ben = await newClient();
    await Promise.all([ann.start(), ben.start()]);
    const { chatThread } = await ann.chat.createChatThread({ topic: "fast" }, { participants: [{ id: ben.user }] });
    const texts = ["1", "2", "3"];
    for (const content of texts) {
      await ann.thread(chatThread.id).sendMessage({ content });
    }
    for (const client of [ann, ben]) {
      await until("3 messages", () => client.texts().length >= 3);
      assert.deepEqual(client.texts(), texts);
    }
    await Promise.all([ann.stop(), ben.stop()]);
  });
});

describe("connections", () => {
  it("can be stopped and started", async () => {
    const ann = await newClient();
    const ben = await newClient();
    const { chatThread } = await ann.chat.createChatThread({ topic: "t" }, { participants: [{ id: ben.user }] });
    await ben.start();
    await ann.thread(chatThread.id).sendMessage({ content: "one" });
    await until("one", () => ben.texts().includes("one"));
    await ben.stop();
    // What was sent in the second before a connection may be pushed on it.
    await pause(2_500);
    await ben.start();
    await ann.thread(chatThread.id).sendMessage({ content: "two" });
    await until("two", () => ben.texts().includes("two"));
    assert.equal(ben.texts().filter((text) => text === "one").length, 1);
    await ben.stop();
  });

  cutting("lose nothing over cuts", async () => {
    const proxy = await newProxy();
    const ann = await newClient();
    const ben = await newClient(proxy.endpoint);
    const { chatThread } = await ann.chat.createChatThread({ topic: "t" }, { participants: [{ id: ben.user }] });
    await ben.start();
    const texts = [];
    for (let i = 0; i < 30; i++) {
      texts.push(`message ${i}`);
      await ann.thread(chatThread.id).sendMessage({ content: texts[i] });
      if (i % 10 === 5) {
        await proxy.cut(0);
      } else if (i % 10 === 8) {
        proxy.refuse();
        setTimeout(() => proxy.accept(), 700);
      }
    }
    await until(`30 messages, has ${ben.texts()}`, () => ben.texts().length >= 30, 40_000);
    await pause(500);
    // What was on its way when the connection was cut may come twice: nobody can say whether the client has got it.
    assert.deepEqual([...new Set(ben.texts())], texts);
    assert.ok(ben.texts().length - texts.length <= 8, `${ben.texts()}`);
    assert.ok(ben.disconnected > 0);
    await ben.stop();
    proxy.close();
  });

  it("serve two clients of one user", async () => {
    const ann = await newClient();
    const one = await newClient();
    const two = new Client(one.id, new AzureCommunicationTokenCredential(await newToken(one.id)));
    const { chatThread } = await ann.chat.createChatThread({ topic: "t" }, { participants: [{ id: one.user }] });
    await Promise.all([one.start(), two.start()]);
    await ann.thread(chatThread.id).sendMessage({ content: "both" });
    await until("both", () => one.texts().includes("both") && two.texts().includes("both"));
    await Promise.all([one.stop(), two.stop()]);
  });

  it("are refused without a good token", async () => {
    const id = await newId();
    const good = await newToken(id);
    const bad = `${good.slice(0, -6)}AAAAAA`;
    const client = new Client(id, { getToken: async () => ({ token: bad, expiresOnTimestamp: Date.now() + 3_600_000 }), dispose() {} });
    await assert.rejects(client.chat.startRealtimeNotifications());
  });
});
