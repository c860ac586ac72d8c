// The threads of the signed-in user, kept current by the gateway's events. Knows nothing of the document.

import { ChatGatewayClient } from '/client.js';
import { fromChange, fromEvent, fromRest, person, Thread } from './thread.js';
import { identifier, rawId } from './people.js';

const PAGE = 50;
/** State that the thread's subscription brings. */
const INCLUDED = ['participants', 'receipts', 'typing'];
/** How often the threads are read where the gateway does not tell of changes: one that we are added to shows up by then. */
const THREADS_EVERY_MS = 15_000;
/** JSON-RPC: the gateway does not have that method. */
const NO_SUCH_METHOD = -32601;
/** Threads that are watched at once; the one opened longest ago makes room. */
const MAX_OPENED = 8;

export class Chat {
  threads = new Map();
  #client;
  #ui;
  #session;
  #drafts = 0;
  #inbox = true; // as long as the gateway is not known to have none
  #watched = false; // changes of the inbox are told

  /**
   * `ui`: changed(thread), listChanged(), arrived(thread, message), connection(event), ended(thread, why), told(text), and
   * looking(thread): whether what comes there is seen at once.
   */
  constructor(session, getToken, ui) {
    this.#session = session;
    this.#ui = ui;
    this.#client = new ChatGatewayClient({ getToken });
    this.#listen();
  }

  get me() {
    return rawId(this.#client.user);
  }

  async start() {
    await this.#client.connect();
    await this.#watchInbox();
    await this.refresh();
    setInterval(() => {
      if (!document.hidden && !this.#watched && this.#client.state === 'live') {
        this.refresh().catch(() => {}); // the next one will do
      }
    }, THREADS_EVERY_MS);
  }

  reconnect() {
    return this.#client.state === 'waiting' ? this.#client.retryNow() : this.#client.connect();
  }

  async refresh() {
    const { value } = await this.#readThreads();
    const listed = new Set();
    for (const item of value.filter((one) => !one.deletedOn)) {
      const thread = this.#thread(item.threadId ?? item.id, item.topic);
      listed.add(thread.id);
      this.#takeListed(thread, item);
    }
    for (const thread of this.threads.values()) {
      if (!listed.has(thread.id) && !thread.opened && value.length < PAGE) {
        this.threads.delete(thread.id);
      }
    }
    this.#ui.listChanged();
  }

  // ---- inbox ----

  /** The inbox, or the service's plain list of threads: of use without last messages and unread counts too. */
  async #readThreads() {
    if (this.#inbox) {
      try {
        return await this.#client.getInbox({ maxPageSize: PAGE });
      } catch (error) {
        this.#inbox = error.code !== NO_SUCH_METHOD;
      }
    }
    return this.#client.listChatThreads({ maxPageSize: PAGE });
  }

  /** Before the inbox is read, so that nothing falls in between. */
  async #watchInbox() {
    try {
      await this.#client.subscribeInbox({});
      this.#watched = true;
    } catch {
      this.#watched = false; // it is read again and again instead
    }
  }

  #takeListed(thread, item) {
    thread.topic = item.topic ?? thread.topic;
    thread.moved(item.lastMessageReceivedOn ?? item.lastMessage?.createdOn, this.#ui.looking(thread));
    if (item.lastMessage) {
      thread.listedLast = fromRest(item.lastMessage);
    }
    if (item.lastReadMessageId) {
      thread.read(this.me, item.lastReadMessageId);
    }
    if (Number.isInteger(item.unreadCount)) {
      thread.countedTo = item.lastMessage ? thread.listedLast.at : 0;
      // A count from before our receipt is late: what we have read ourselves is read.
      const read = thread.listedLast && Number(thread.reads.get(this.me) ?? 0) >= thread.listedLast.at;
      thread.unread = read || this.#ui.looking(thread) ? 0 : item.unreadCount;
      thread.news = false;
    }
  }

  #inboxChanged(change) {
    const known = this.threads.get(change.threadId);
    const thread = this.#thread(change.threadId, change.topic);
    this.#takeListed(thread, change);
    this.#ui.listChanged();
    if (!known && change.topic === undefined) {
      this.refresh().catch(() => {}); // a new one shows up without its topic until the next
    }
  }

  #thread(id, topic = '') {
    if (!this.threads.has(id)) {
      this.threads.set(id, new Thread(id, topic));
    }
    return this.threads.get(id);
  }

  // ---- threads ----

  /** Subscribes, unless the thread is watched already. The result says who is in it and who has read what. */
  async open(id) {
    const thread = this.#thread(id);
    if (thread.opened) {
      return thread;
    }
    await this.#makeRoom();
    const fresh = await this.#client.subscribe({ threadId: id, limit: PAGE, include: INCLUDED });
    thread.opened = true;
    thread.reset(fresh, PAGE);
    await this.#takeIncluded(thread, fresh);
    this.#ui.changed(thread);
    this.#ui.listChanged();
    return thread;
  }

  async #makeRoom() {
    const opened = [...this.threads.values()].filter((thread) => thread.opened);
    if (opened.length >= MAX_OPENED) {
      const [oldest] = opened;
      oldest.opened = false;
      await this.#client.unsubscribe({ threadId: oldest.id });
    }
  }

  /** What the gateway does not know at the moment is null; participants are listed then, and receipts are left out. */
  async #takeIncluded(thread, { participants, receipts, typing }) {
    thread.setPeople(participants ?? (await this.#client.listParticipants({ threadId: thread.id })).value);
    if (!thread.people.get(this.me)) {
      thread.people.set(this.me, this.#session.name);
    }
    receipts?.forEach((receipt) => thread.read(rawId(receipt.senderCommunicationIdentifier ?? receipt.sender), receipt.chatMessageId));
    typing?.forEach((event) => this.#typed(thread, event));
  }

  /** Reads messages before those held, until there is one more to show or no more at all. */
  async earlier(thread) {
    const before = thread.ordered.length;
    while (thread.earlier && thread.ordered.length === before) {
      thread.takePage(await this.#client.listMessages({
        threadId: thread.id,
        maxPageSize: PAGE,
        ...(thread.continuation ? { continuationToken: thread.continuation } : {}),
      }));
    }
    this.#ui.changed(thread);
  }

  async create(topic) {
    await this.#client.connect(); // who we are is known once we are signed in
    const self = { communicationIdentifier: identifier(this.me), displayName: this.#session.name };
    const { chatThread } = await this.#client.createChatThread({ topic, participants: [self] });
    return this.open(chatThread.id);
  }

  async add(thread, { id, name, history }) {
    const participant = { communicationIdentifier: identifier(id), displayName: name };
    if (!history) {
      participant.shareHistoryTime = new Date().toISOString();
    }
    const { invalidParticipants } = await this.#client.addParticipants({ threadId: thread.id, participants: [participant] }) ?? {};
    if (invalidParticipants?.length) {
      throw new Error(`${name} could not be added: ${invalidParticipants[0].message}`);
    }
    thread.join({ id, name });
    this.#ui.changed(thread);
  }

  remove(thread, userId) {
    return this.#client.removeParticipant({ threadId: thread.id, communicationIdentifier: identifier(userId) });
  }

  rename(thread, topic) {
    return this.#client.updateProperties({ threadId: thread.id, topic });
  }

  async deleteThread(thread) {
    await this.#client.deleteChatThread({ threadId: thread.id });
    this.#end(thread.id, 'you');
  }

  // ---- messages ----

  /** Sends, or sends again: the id that a draft keeps lets the gateway find out whether the first attempt was done. */
  async send(thread, text, draft = this.#draft(thread, text)) {
    const again = draft.unknown ? { retry: true } : {};
    Object.assign(draft, { state: 'pending', why: undefined });
    this.#ui.changed(thread);
    try {
      const { id, inDoubt } = await this.#client.sendMessage({
        threadId: thread.id,
        content: text,
        type: 'text',
        senderDisplayName: this.#session.name,
        clientMessageId: draft.clientMessageId,
        ...again,
      });
      this.#sent(thread, draft, id);
      if (inDoubt) {
        this.#ui.told('The connection broke while your message was sent: it may be there twice.');
      }
    } catch (error) {
      // Code 0: no answer came, so it may have been sent.
      Object.assign(draft, { state: 'failed', why: error.message, unknown: draft.unknown || error.code === 0 });
      this.#ui.changed(thread);
    }
  }

  discard(thread, draft) {
    thread.drafts.delete(draft.id);
    this.#ui.changed(thread);
  }

  #draft(thread, text) {
    const id = `draft-${++this.#drafts}`;
    const draft = {
      id, text, clientMessageId: newId(), at: Number.MAX_SAFE_INTEGER - 1e6 + this.#drafts, version: 0,
      createdOn: new Date().toISOString(), sender: this.me, senderName: this.#session.name,
    };
    thread.drafts.set(id, draft);
    return draft;
  }

  /** The event may have come before this answer, or comes after it: either way one message is left. */
  #sent(thread, draft, id) {
    thread.drafts.delete(draft.id);
    thread.take({ ...draft, id, at: Number(id), version: Number(id), state: undefined });
    this.#ui.changed(thread);
    this.#ui.listChanged();
  }

  edit(thread, message, text) {
    return this.#client.updateMessage({ threadId: thread.id, messageId: message.id, content: text });
  }

  deleteMessage(thread, message) {
    return this.#client.deleteMessage({ threadId: thread.id, messageId: message.id });
  }

  typing(thread) {
    // A hint: if it fails nobody misses it.
    this.#client.sendTypingNotification({ threadId: thread.id, senderDisplayName: this.#session.name }).catch(() => {});
  }

  async read(thread, message) {
    const before = thread.reads.get(this.me);
    thread.read(this.me, message.id);
    try {
      await this.#client.sendReadReceipt({ threadId: thread.id, chatMessageId: message.id });
    } catch (error) {
      if (error.retryable && thread.reads.get(this.me) === message.id) {
        thread.reads.set(this.me, before ?? '0'); // the next message, or look at the thread, tries again
      }
    }
  }

  // ---- events ----

  #listen() {
    const on = (name, apply) => this.#client.on(name, (event) => {
      const thread = this.threads.get(event.threadId);
      if (thread) {
        apply(thread, event);
        this.#ui.changed(thread);
        this.#ui.listChanged();
      }
    });
    on('chatMessageReceived', (thread, event) => this.#arrived(thread, fromEvent(event)));
    on('chatMessageEdited', (thread, event) => thread.take(fromEvent(event)));
    on('chatMessageDeleted', (thread, event) => thread.take(fromEvent(event)));
    on('typingIndicatorReceived', (thread, event) => this.#typed(thread, event));
    on('typingIndicatorStopped', (thread, event) => thread.typing.delete(rawId(event.sender)));
    on('readReceiptReceived', (thread, event) => thread.read(rawId(event.sender), event.chatMessageId));
    on('participantsAdded', (thread, event) => {
      const people = event.participantsAdded.map(person);
      people.forEach((one) => thread.join(one));
      thread.take(fromChange(event, 'participantAdded', event.addedOn, event.addedBy, { people }));
    });
    on('participantsRemoved', (thread, event) => {
      const people = event.participantsRemoved.map(person);
      people.forEach(({ id }) => thread.leave(id));
      thread.take(fromChange(event, 'participantRemoved', event.removedOn, event.removedBy, { people }));
    });
    on('chatThreadPropertiesUpdated', (thread, event) => {
      if (event.properties.topic !== thread.topic) {
        thread.topic = event.properties.topic;
        thread.take(fromChange(event, 'topicUpdated', event.updatedOn, event.updatedBy, { topic: thread.topic }));
      }
    });
    on('resync', (thread, event) => {
      thread.reset(event, PAGE);
      this.#takeIncluded(thread, event)
        .then(() => this.#ui.changed(thread), () => {}); // a later event or resync mends it
    });
    this.#client.on('chatThreadCreated', () => this.refresh().catch(() => {}));
    this.#client.on('inboxChanged', (change) => this.#inboxChanged(change));
    this.#client.on('inboxResync', ({ error }) => {
      this.#watched = !error;
      this.refresh().catch(() => {}); // the next change, or the next turn, will do
    });
    this.#client.on('gap', (gap) => console.warn('Events were lost; fresh state follows.', gap));
    this.#client.on('chatThreadDeleted', ({ threadId }) => this.#end(threadId, 'deleted'));
    this.#client.on('unsubscribed', ({ threadId, reason }) => this.#end(threadId, reason));
    this.#client.on('connection', (event) => this.#ui.connection(event));
  }

  #arrived(thread, message) {
    if (message.sender === this.me) {
      const draft = thread.ordered.find((one) => one.state === 'pending' && one.text === message.text);
      if (draft) {
        thread.drafts.delete(draft.id);
      }
    }
    thread.typing.delete(message.sender);
    if (thread.take(message)) {
      this.#ui.arrived(thread, message);
    }
  }

  #typed(thread, event) {
    const id = rawId(event.sender);
    if (id !== this.me) {
      thread.types(id, Date.now());
    }
  }

  #end(threadId, why) {
    const thread = this.threads.get(threadId);
    if (thread && this.threads.delete(threadId)) {
      this.#ui.ended(thread, why);
    }
  }
}

/** Random; crypto.randomUUID exists on secure origins only. */
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
