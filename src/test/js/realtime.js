// Users, event recorders and a proxy that cuts connections, for the tests of the live channel.
import "./browser.js";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { setTimeout as pause } from "node:timers/promises";
import net from "node:net";

const { ChatClient } = await import(process.env.CHAT_PACKAGE ?? "@azure/communication-chat");

export const endpoint = required("CHAT_ENDPOINT");
/** Where the development routes make users. */
const development = required("DEVELOPMENT_ENDPOINT");

export const names = [
  "chatMessageReceived",
  "chatMessageEdited",
  "chatMessageDeleted",
  "typingIndicatorReceived",
  "readReceiptReceived",
  "chatThreadCreated",
  "chatThreadPropertiesUpdated",
  "chatThreadDeleted",
  "participantsAdded",
  "participantsRemoved",
];

async function post(path, body) {
  const answer = await fetch(new URL(path, development), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) {
    throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}

export const newId = async () => (await post("/dev/users", {})).userId;
export const newToken = async (userId) => (await post("/dev/token", { userId })).token;

/** A client of a user; events are recorded once it has signed in. */
export class Client {
  events = [];
  connected = 0;
  disconnected = 0;

  constructor(id, credential, at = endpoint) {
    this.id = id;
    this.user = { communicationUserId: id };
    this.chat = new ChatClient(at, credential);
  }

  /** Signs in and waits until the live channel stands. */
  async start() {
    const before = this.connected;
    await this.chat.startRealtimeNotifications();
    if (!this.listening) {
      this.listening = true;
      this.chat.on("realTimeNotificationConnected", () => this.connected++);
      this.chat.on("realTimeNotificationDisconnected", () => this.disconnected++);
      names.forEach((name) => this.chat.on(name, (event) => this.events.push({ name, ...event })));
    }
    await until("connected", () => this.connected > before);
    return this;
  }

  thread(id) {
    return this.chat.getChatThreadClient(id);
  }

  of(name, fits = () => true) {
    return this.events.filter((event) => event.name === name && fits(event));
  }

  /** The first event of that name that fits; waits for it. */
  async event(name, fits = () => true) {
    await until(`${name}, has ${JSON.stringify(this.events)}`, () => this.of(name, fits).length > 0);
    return this.of(name, fits)[0];
  }

  texts() {
    return this.of("chatMessageReceived").map((event) => event.message);
  }

  async stop() {
    await this.chat.stopRealtimeNotifications();
    this.listening = false;
  }
}

export async function newClient(at) {
  const id = await newId();
  return new Client(id, new AzureCommunicationTokenCredential(await newToken(id)), at);
}

export async function until(what, condition, limitMs = 20_000) {
  const end = Date.now() + limitMs;
  while (!condition()) {
    if (Date.now() > end) {
      throw new Error(`not within ${limitMs} ms: ${what}`);
    }
    await pause(10);
  }
}

/** Whether {@link newProxy} works here; in a page it does not. */
export const canCut = net !== null;

/** A TCP proxy in front of the gateway whose connections can be cut. */
export async function newProxy() {
  const target = new URL(endpoint);
  const sockets = new Set();
  let open = true;
  const server = net.createServer((client) => {
    if (!open) {
      client.destroy();
      return;
    }
    const upstream = net.connect(Number(target.port), "127.0.0.1");
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      sockets.add(one);
      one.on("data", (data) => other.write(data));
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return {
    endpoint: `https://localhost:${server.address().port}`,
    /** Cuts all connections and refuses new ones for that time. */
    async cut(ms) {
      open = ms === 0;
      sockets.forEach((socket) => socket.destroy());
      if (ms > 0) {
        await pause(ms);
        open = true;
      }
    },
    refuse() {
      open = false;
      sockets.forEach((socket) => socket.destroy());
    },
    accept() {
      open = true;
    },
    close() {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    },
  };
}

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is missing`);
  }
  return value;
}
