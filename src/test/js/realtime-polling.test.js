// The live channel where WebSockets are refused: the unmodified client polls.
import "./browser.js";
import assert from "node:assert/strict";
import { it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

globalThis.WebSocket = class {
  constructor() {
    setTimeout(() => {
      this.onerror?.({ type: "error" });
      this.onclose?.({ type: "close", code: 1006 });
    }, 5);
  }

  send() {}

  close() {}
};
const { newClient, until } = await import("./realtime.js");

it("events arrive by polls, in order and once", async () => {
  const ann = await newClient();
  const ben = await newClient();
  const { chatThread } = await ann.chat.createChatThread({ topic: "t" }, { participants: [{ id: ben.user }] });
  await ben.start();
  const texts = [];
  for (let i = 0; i < 20; i++) {
    texts.push(`message ${i} \u2603`);
    await ann.thread(chatThread.id).sendMessage({ content: texts[i] });
  }
  await until("20 messages", () => ben.texts().length >= 20);
  await pause(2_500);
  assert.deepEqual(ben.texts(), texts);

  // Longer than an idle poll.
  await pause(28_000);
  await ann.thread(chatThread.id).sendMessage({ content: "late" });
  await until("the late one", () => ben.texts().includes("late"));
  assert.equal(ben.texts().filter((text) => text === "late").length, 1);
  assert.equal(ben.disconnected, 0);
  await ben.stop();
});
