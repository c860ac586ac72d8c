// What the page knows of one thread: the newest state of each message, who is in it, who has read what.

import { ThreadMessages } from '/client.js';
import { rawId } from './people.js';

const TYPING_MS = 10_000;

export class Thread {
  id;
  topic;
  messages = new ThreadMessages(); // newest states, by id
  drafts = new Map(); // id -> message that is being sent, or could not be
  people = new Map(); // raw id -> display name, of present and past participants
  present = new Set(); // raw ids of present participants
  reads = new Map(); // raw id -> id of the newest message read
  typing = new Map(); // raw id -> time until which the sign is shown
  unread = 0;
  countedTo = 0; // arrival of the newest message that the inbox's last count includes
  news = false; // something came, and nobody counted it
  listedLast; // newest message, as the inbox has it
  loaded = false;
  opened = false; // subscribed, and so kept current by events
  earlier = true; // there may be older messages than those held
  continuation;
  lastOn;

  constructor(id, topic) {
    this.id = id;
    this.topic = topic;
  }

  get ordered() {
    return [...this.messages.ordered, ...this.drafts.values()]; // drafts stand last until the service gives them an id
  }

  /** The newest message known, drafts not counted. */
  get last() {
    const held = this.ordered.findLast((message) => !message.state);
    const listed = this.listedLast;
    return listed && (!held || listed.at > held.at) ? listed : held;
  }

  /** The thread's list entry says when something came last. */
  moved(on, seen) {
    if (on && on > (this.lastOn ?? '')) {
      this.news = this.lastOn !== undefined && !seen && !this.opened;
      this.lastOn = on;
    }
  }

  /** Takes a state unless a newer one is held; tells whether the message is new here. */
  take(message) {
    const held = this.messages.get(message.id);
    if (!this.messages.take(message)) {
      return false;
    }
    this.#learn(message);
    return !held;
  }

  /** Takes a page of listMessages. */
  takePage({ value, continuationToken }) {
    const messages = value.map(fromRest);
    this.messages.takePage(messages, !continuationToken);
    messages.forEach((message) => this.#learn(message));
    this.continuation = continuationToken;
    this.earlier = Boolean(continuationToken);
  }

  /** When something came last, and who is called what. */
  #learn(message) {
    if (!this.lastOn || message.createdOn > this.lastOn) {
      this.lastOn = message.createdOn;
    }
    if (message.sender && message.senderName) {
      this.#name(message.sender, message.senderName);
    }
    for (const { id, name } of message.people ?? []) {
      this.#name(id, name);
    }
  }

  /** Fresh state of the gateway replaces what was held; fewer messages than asked for are all that there are. */
  reset({ properties, messages = [] }, limit) {
    this.continuation = undefined;
    this.earlier = messages.length >= limit;
    this.topic = properties?.topic ?? this.topic;
    const states = messages.map(fromRest);
    this.messages.reset(states, !this.earlier);
    states.forEach((message) => this.#learn(message));
    this.loaded = true;
  }

  setPeople(participants) {
    this.present = new Set();
    for (const participant of participants) {
      const id = rawId(participant.communicationIdentifier ?? participant.id);
      this.#name(id, participant.displayName);
      this.present.add(id);
    }
  }

  join({ id, name }) {
    this.#name(id, name);
    this.present.add(id);
  }

  leave(id) {
    this.present.delete(id);
    this.typing.delete(id);
  }

  nameOf(id) {
    return this.people.get(id) || 'Somebody';
  }

  /** Receipts only ever move forward. */
  read(userId, messageId) {
    if (Number(messageId) > Number(this.reads.get(userId) ?? 0)) {
      this.reads.set(userId, messageId);
    }
  }

  types(userId, now) {
    this.typing.set(userId, now + TYPING_MS);
  }

  typingNow(now) {
    return [...this.typing].filter(([, until]) => until > now).map(([id]) => id);
  }

  #name(id, name) {
    if (name || !this.people.has(id)) {
      this.people.set(id, name ?? '');
    }
  }
}

/** A message as the REST API lists it. */
export function fromRest(message) {
  const content = message.content ?? {};
  const base = { ...common(message), sender: rawId(message.senderCommunicationIdentifier ?? message.sender) };
  if (/^(text|html)$/i.test(message.type)) {
    return { ...base, text: plain(content.message, message.type) };
  }
  return {
    ...base,
    system: message.type,
    topic: content.topic,
    by: rawId(content.initiatorCommunicationIdentifier ?? content.initiator),
    people: (content.participants ?? []).map(person),
  };
}

/** A message as an event carries it. */
export function fromEvent(event) {
  return { ...common(event), sender: rawId(event.sender), text: plain(event.message, event.type) };
}

/** Changes of roster and topic are messages of the service too: the event's version is that message's id. */
export function fromChange(event, system, on, by, fields) {
  const id = String(event.version);
  return { id, version: Number(id), at: Number(id), createdOn: on, system, by: rawId(by?.id), ...fields };
}

export function person(participant) {
  return { id: rawId(participant.communicationIdentifier ?? participant.id), name: participant.displayName };
}

function common(message) {
  return {
    id: message.id,
    version: Number(message.version),
    at: Number(message.id),
    createdOn: message.createdOn,
    editedOn: message.editedOn,
    deletedOn: message.deletedOn,
    senderName: message.senderDisplayName,
  };
}

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

/** The words of a message; of one in HTML, those without the markup. Shown as text, so nothing can come of a miss. */
function plain(text = '', type = 'text') {
  if (!/html/i.test(type)) {
    return text;
  }
  return text
    .replace(/<br\s*\/?>|<\/(p|div|li|h\d)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+|#39);/g, (whole, name) => ENTITIES[name] ?? whole)
    .trim();
}
