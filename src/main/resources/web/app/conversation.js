// The signed-in page: list of threads beside the open one. Joins what Chat knows to what the document shows.

import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { askGuest, askTopic, confirm, showDetails, showPeople } from './dialogs.js';
import { $, announce, explain, toast } from './dom.js';
import { MessageList } from './messages.js';
import { avatar, list } from './people.js';
import { guestLink, makeUser, remember } from './session.js';
import { showThreads } from './threads.js';

const NARROW = matchMedia('(max-width: 719px)');
const READ_AFTER_MS = 400;

const STATES = {
  connecting: 'Connecting',
  catchingUp: 'Catching up',
  live: 'Live',
  degraded: 'Delayed',
  waiting: 'Reconnecting',
  closed: 'Offline',
};
const ENDINGS = {
  removed: (topic) => `You are no longer in “${topic}”.`,
  deleted: (topic) => `“${topic}” was deleted.`,
  threadDeleted: (topic) => `“${topic}” was deleted.`,
  refused: (topic) => `“${topic}” cannot be read any more.`,
};

export class Conversation {
  #chat;
  #session;
  #embedded;
  #current;
  #drafts = new Map(); // thread id -> what was being written
  #list;
  #composer;
  #readTimer;
  #typingTimer;
  #signOut;

  constructor({ session, embedded, getToken, signOut }) {
    this.#session = session;
    this.#embedded = embedded;
    this.#signOut = signOut;
    this.#chat = new Chat(session, getToken, {
      changed: (thread) => this.#changed(thread),
      listChanged: () => this.#showList(),
      arrived: (thread, message) => this.#arrived(thread, message),
      connection: (event) => this.#connection(event),
      ended: (thread, why) => this.#ended(thread, why),
      told: toast,
      looking: (thread) => this.#looking(thread),
    });
    this.#list = new MessageList({
      edit: (message) => this.#composer.edit(message),
      remove: (message) => this.#delete(message),
      retry: (message) => this.#chat.send(this.#current, message.text, message),
      discard: (message) => this.#chat.discard(this.#current, message),
      seen: () => this.#seen(),
    });
    this.#composer = new Composer({
      send: (text) => this.#send(text),
      save: (message, text) => this.#tell(this.#chat.edit(this.#current, message, text)),
      typing: () => this.#chat.typing(this.#current),
      last: () => this.#current.ordered.findLast((one) => one.sender === this.#chat.me && !one.deletedOn && !one.state && !one.system),
    });
    this.#bind();
  }

  async start(threadId) {
    $('chat').hidden = false;
    $('chat').dataset.view = 'threads';
    await this.#chat.start();
    this.#showMe();
    const wanted = threadId ?? this.#session.thread;
    if (wanted && this.#chat.threads.has(wanted)) {
      await this.#open(this.#chat.threads.get(wanted));
    } else {
      (NARROW.matches ? $('new-thread') : $('first-thread')).focus();
    }
  }

  #bind() {
    $('new-thread').onclick = $('first-thread').onclick = () => askTopic(async (topic) => this.#open(await this.#chat.create(topic)));
    $('back').onclick = () => this.#back();
    $('invite').onclick = () => askGuest(this.#embedded, (guest) => this.#invite(guest));
    $('details').onclick = () => this.#details();
    $('older').onclick = () => this.#tell(this.#chat.earlier(this.#current));
    $('sign-out').onclick = () => this.#signOut();
    $('banner-action').onclick = () => this.#chat.reconnect();
    document.onvisibilitychange = () => this.#seen();
    window.ononline = () => this.#chat.reconnect();
  }

  #tell(promise) {
    return promise.catch((error) => toast(explain(error)));
  }

  // ---- what is shown ----

  #showMe() {
    const me = this.#chat.me;
    const fresh = avatar(me, this.#session.name);
    $('me-avatar').className = fresh.className;
    $('me-avatar').textContent = fresh.textContent;
    $('me-name').textContent = this.#session.name;
    $('me-id').textContent = me;
    $('me-id').title = me;
  }

  async #open(thread) {
    if (this.#current) {
      this.#drafts.set(this.#current.id, this.#composer.text);
    }
    this.#current = thread;
    $('nothing').hidden = true;
    $('thread').hidden = false;
    $('chat').dataset.view = 'thread';
    this.#composer.start(this.#drafts.get(thread.id));
    this.#changed(thread);
    this.#remember(thread.id);
    // On a phone the keyboard would hide what was opened.
    (NARROW.matches ? $('topic') : $('draft')).focus();
    try {
      await this.#chat.open(thread.id);
    } catch (error) {
      toast(explain(error));
      return;
    }
    if (this.#current === thread) {
      this.#takeName(thread);
      this.#changed(thread);
      this.#list.toEnd();
      this.#seen();
    }
  }

  /** A guest is called what the inviter wrote. */
  #takeName(thread) {
    const given = thread.people.get(this.#chat.me);
    if (this.#session.guest && given && given !== this.#session.name) {
      this.#session.name = given;
      this.#showMe();
      this.#remember(thread.id);
    }
  }

  #remember(thread) {
    this.#session.thread = thread;
    if (this.#embedded) {
      remember(this.#session);
    }
  }

  #back() {
    const { id } = this.#current;
    $('chat').dataset.view = 'threads';
    this.#showList();
    document.querySelector(`[data-thread="${CSS.escape(id)}"]`)?.focus();
  }

  #close() {
    this.#current = undefined;
    this.#remember(undefined);
    document.querySelectorAll('dialog[open]').forEach((dialog) => dialog.close());
    $('thread').hidden = true;
    $('nothing').hidden = false;
    $('chat').dataset.view = 'threads';
    $('new-thread').focus();
  }

  #changed(thread) {
    if (thread !== this.#current) {
      return;
    }
    $('topic').textContent = thread.topic || 'Without a topic';
    const others = [...thread.present].filter((id) => id !== this.#chat.me).map((id) => thread.nameOf(id));
    $('people-line').textContent = !thread.loaded ? 'Loading…' : others.length ? list(['You', ...others]) : 'Only you, so far';
    this.#list.show(thread, this.#chat.me);
    this.#showTyping();
    if ($('details-dialog').open) {
      showPeople(thread, this.#chat.me, (id) => this.#remove(id));
    }
    this.#seen();
  }

  #showList() {
    const open = (thread) => this.#open(thread);
    showThreads(this.#chat.threads.values(), this.#current, this.#chat.me, open);
    const unread = [...this.#chat.threads.values()].reduce((sum, thread) => sum + thread.unread, 0);
    document.title = unread ? `(${unread}) Chat gateway` : 'Chat gateway';
  }

  #showTyping() {
    clearTimeout(this.#typingTimer);
    const now = Date.now();
    const names = this.#current.typingNow(now).map((id) => this.#current.nameOf(id));
    const text = names.length ? `${list(names)} ${names.length === 1 ? 'is' : 'are'} typing…` : '';
    if ($('typing').textContent !== text) {
      $('typing').textContent = text;
    }
    if (names.length) {
      this.#typingTimer = setTimeout(() => this.#current && this.#showTyping(), 1_000);
    }
  }

  /** Whether what comes in the thread is seen at once. */
  #looking(thread) {
    return thread === this.#current && !document.hidden && $('chat').dataset.view === 'thread' && this.#list.atEnd;
  }

  #arrived(thread, message) {
    const mine = message.sender === this.#chat.me;
    if (!mine && !this.#looking(thread) && message.at > thread.countedTo) {
      thread.unread++;
    }
    if (!mine && thread === this.#current) {
      announce(`${message.senderName || thread.nameOf(message.sender)}: ${message.text}`);
      if (!this.#list.atEnd) {
        this.#list.offerJump();
      }
    }
  }

  #connection({ state, previous, code, reason, retryInMs, error }) {
    for (const sign of document.querySelectorAll('.connection')) {
      sign.dataset.state = state;
      sign.textContent = STATES[state];
    }
    $('banner').dataset.state = state;
    const broken = state === 'waiting' || state === 'closed' || (state === 'connecting' && previous === 'waiting');
    $('banner').hidden = !broken && state !== 'degraded';
    $('banner-action').hidden = !(state === 'waiting' && retryInMs > 2_000) && state !== 'closed';
    $('banner-action').textContent = state === 'closed' ? 'Connect again' : 'Try now';
    if (state === 'closed') {
      $('banner-text').textContent = `Disconnected${reason ? `: ${reason}` : ''}`;
      if (code === 4401) {
        this.#signOut(error?.cause?.message ?? reason);
      }
    } else if (state === 'degraded') {
      const why = reason === 'throttled' ? 'The chat service is busy.' : 'The chat service is slow or away.';
      $('banner-text').textContent = `${why} New messages may arrive late.`;
    } else if (broken) {
      $('banner-text').textContent = 'Connection lost. Reconnecting…';
    }
  }

  #ended(thread, why) {
    const tell = ENDINGS[why];
    if (tell) {
      toast(tell(thread.topic));
    }
    if (thread === this.#current) {
      this.#close();
    }
    this.#showList();
  }

  // ---- what people do ----

  #send(text) {
    this.#chat.send(this.#current, text);
    this.#list.toEnd();
  }

  async #delete(message) {
    const sure = await confirm('Delete this message?', 'Everybody in the thread sees that a message was deleted, but no longer what it said.', 'Delete');
    if (sure) {
      this.#composer.gone(message.id);
      await this.#tell(this.#chat.deleteMessage(this.#current, message));
      this.#composer.focus();
    }
  }

  async #invite({ id, name, history }) {
    const thread = this.#current;
    const guest = this.#embedded ? await makeUser(name) : id;
    await this.#chat.add(thread, { id: guest, name, history });
    return this.#embedded ? guestLink(guest, thread.id) : undefined;
  }

  #details() {
    const thread = this.#current;
    showDetails(thread, this.#chat.me, {
      rename: (topic) => this.#chat.rename(thread, topic),
      remove: (id) => this.#remove(id),
      deleteThread: async () => {
        if (await confirm('Delete this thread?', `“${thread.topic}” disappears for everybody in it, with all messages.`, 'Delete')) {
          await this.#tell(this.#chat.deleteThread(thread));
        }
      },
    });
  }

  #remove(userId) {
    return this.#tell(this.#chat.remove(this.#current, userId));
  }

  /** What is on the screen counts as read, a moment later: who scrolls past fast sends one receipt, not twenty. */
  #seen() {
    const thread = this.#current;
    if (!thread?.loaded || document.hidden || !this.#list.atEnd || $('chat').dataset.view !== 'thread') {
      return;
    }
    if (thread.unread || thread.news) {
      thread.unread = 0;
      thread.news = false;
      this.#showList();
    }
    clearTimeout(this.#readTimer);
    this.#readTimer = setTimeout(() => {
      const me = this.#chat.me;
      const last = thread.ordered.findLast((one) => !one.system && !one.state && one.sender !== me);
      if (last && last.at > Number(thread.reads.get(me) ?? 0)) {
        this.#chat.read(thread, last);
      }
    }, READ_AFTER_MS);
  }
}
