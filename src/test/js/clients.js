// What all tests share: the target from the environment, users, and a record of the operations that were called.
import { ChatClient } from "@azure/communication-chat";
import { AzureCommunicationTokenCredential } from "@azure/communication-common";
import { CommunicationIdentityClient } from "@azure/communication-identity";

export const endpoint = required("CHAT_ENDPOINT");
export const connectionString = required("COMMUNICATION_CONNECTION_STRING");

/** Names of the operations that were called, by class. */
export const called = { ChatClient: new Set(), ChatThreadClient: new Set(), CommunicationIdentityClient: new Set() };

export const identity = recorded("CommunicationIdentityClient", new CommunicationIdentityClient(connectionString));

/** A user with a token of these scopes and the clients that it builds with it. */
export async function newUser(scopes = ["chat"]) {
  const { user, token } = await identity.createUserAndToken(scopes);
  return { id: user.communicationUserId, user, token, ...clientsOf(token) };
}

/** The chat client of a token and what makes thread clients of it. */
export function clientsOf(token) {
  const chat = recorded("ChatClient", new ChatClient(endpoint, new AzureCommunicationTokenCredential(token)));
  return { chat, thread: (id) => recorded("ChatThreadClient", chat.getChatThreadClient(id)) };
}

/** Creates a thread with these other users in it and returns its id. */
export async function newThread(creator, topic, ...others) {
  const participants = others.map((other) => ({ id: other.user }));
  const { chatThread } = await creator.chat.createChatThread({ topic }, { participants });
  return chatThread.id;
}

/** All items of a paged list. */
export async function all(iterator) {
  const items = [];
  for await (const item of iterator) {
    items.push(item);
  }
  return items;
}

/** All pages, each with the token that continues after it. */
export async function pages(iterator, continuationToken) {
  const settings = { continuationToken };
  const read = [];
  for await (const items of iterator.byPage(settings)) {
    read.push({ items, next: settings.continuationToken });
  }
  return read;
}

/** Passes every call on to the client itself and notes its name. */
function recorded(className, client) {
  return new Proxy(client, {
    get(target, name) {
      const member = target[name];
      if (typeof member !== "function") {
        return member;
      }
      return (...args) => {
        called[className].add(name);
        return member.apply(target, args);
      };
    },
  });
}

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`environment variable ${name} is missing`);
  }
  return value;
}
