// The embedded service as the endpoint: it names the gateway of its process, whose live channel brings the events.
import "./browser.js";
import assert from "node:assert/strict";
import { it } from "node:test";
import { newClient, until } from "./realtime.js";

for (const slash of ["", "/"]) {
  it(`clients of the embedded service receive events, endpoint ends with "${slash}"`, async () => {
    const endpoint = process.env.CHAT_ENDPOINT + slash;
    const ann = await newClient(endpoint);
    const ben = await newClient(endpoint);
    await Promise.all([ann.start(), ben.start()]);
    const { chatThread } = await ann.chat.createChatThread(
      { topic: "t" },
      { participants: [{ id: ben.user, displayName: "Ben" }] },
    );
    for (const client of [ann, ben]) {
      await client.event("chatThreadCreated", (event) => event.threadId === chatThread.id);
    }
    await ann.thread(chatThread.id).sendMessage({ content: "hello" });
    await until("hello", () => ann.texts().includes("hello") && ben.texts().includes("hello"));

    // No operation lists typing: the service itself says it to the gateway.
    await ben.thread(chatThread.id).sendTypingNotification({ senderDisplayName: "Ben" });
    const typing = await ann.event("typingIndicatorReceived");
    assert.equal(typing.sender.communicationUserId, ben.id);
    assert.equal(typing.senderDisplayName, "Ben");
    assert.equal(ben.of("typingIndicatorReceived").length, 0);

    await Promise.all([ann.stop(), ben.stop()]);
  });
}
