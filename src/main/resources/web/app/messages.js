// The list of messages. Elements of messages that did not change are kept, and with them focus and selection.

import { $, day, el, icon, sameDay, time } from './dom.js';
import { avatar, list } from './people.js';

const TOGETHER_MS = 5 * 60_000;
const NEAR_END_PX = 80;

export class MessageList {
  #rows = new Map(); // key -> { signature, element }
  #list = $('message-list');
  #scroller = $('messages');
  #actions;
  #thread;

  /** `actions`: edit(message), remove(message), retry(message), discard(message), seen() when the end is looked at. */
  constructor(actions) {
    this.#actions = actions;
    this.#scroller.addEventListener('scroll', () => {
      if (this.atEnd) {
        $('jump').hidden = true;
        actions.seen();
      }
    });
    $('jump').addEventListener('click', () => this.toEnd());
  }

  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    $('jump').hidden = true;
  }

  /** Shows the thread as it is now. Stays at the end if that was in view, else where the reader is. */
  show(thread, me) {
    const other = this.#thread !== thread;
    if (other) {
      this.#thread = thread;
      this.#rows.clear();
      this.#list.replaceChildren();
    }
    const follow = other || this.atEnd;
    const end = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    const first = this.#list.querySelector('[data-id]')?.dataset.id;
    const rows = this.#plan(thread, me);
    this.#apply(rows);
    $('older').hidden = !(thread.loaded && thread.earlier);
    if (follow) {
      this.toEnd();
    } else if (rows.find((row) => row.id)?.id !== first) {
      this.#scroller.scrollTop = this.#scroller.scrollHeight - end; // earlier messages came in above
    }
  }

  offerJump() {
    $('jump').hidden = false;
  }

  focus(id) {
    this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus();
  }

  #plan(thread, me) {
    const seen = seenBy(thread, me);
    const rows = [];
    let previous;
    for (const message of thread.ordered) {
      const date = new Date(message.createdOn);
      if (!previous || !sameDay(date, new Date(previous.createdOn))) {
        rows.push({ key: `day-${date.toDateString()}`, signature: day(date), make: () => el('li', { class: 'day' }, day(date)) });
      }
      if (message.system) {
        const words = said(message, thread, me);
        rows.push({ key: message.id, id: message.id, signature: words, make: () => el('li', { class: 'system', 'data-id': message.id }, words) });
      } else {
        const follows = previous?.sender === message.sender && !previous.system
          && date - new Date(previous.createdOn) < TOGETHER_MS;
        const readers = (seen.get(message.id) ?? []).map((id) => thread.nameOf(id));
        const name = message.senderName || thread.nameOf(message.sender);
        const mine = message.sender === me;
        rows.push({
          key: message.id,
          id: message.id,
          signature: JSON.stringify([message, follows, readers, name]),
          make: () => this.#message(message, { mine, follows, readers, name }),
        });
      }
      previous = message;
    }
    return rows;
  }

  #apply(rows) {
    const kept = new Map();
    let place = this.#list.firstElementChild;
    for (const row of rows) {
      const held = this.#rows.get(row.key);
      let element = held?.element;
      if (held?.signature !== row.signature) {
        element = row.make();
        if (held) {
          const focused = held.element.contains(document.activeElement);
          if (place === held.element) {
            place = element;
          }
          held.element.replaceWith(element);
          if (focused) {
            element.focus();
          }
        }
      }
      if (element === place) {
        place = place.nextElementSibling;
      } else {
        this.#list.insertBefore(element, place);
      }
      kept.set(row.key, { signature: row.signature, element });
    }
    for (const [key, { element }] of this.#rows) {
      if (!kept.has(key)) {
        element.remove();
      }
    }
    this.#rows = kept;
  }

  #message(message, { mine, follows, readers, name }) {
    const deleted = Boolean(message.deletedOn);
    const classes = ['message', mine && 'mine', follows && 'follows', deleted && 'deleted', message.state];
    const head = el('p', { class: 'head' },
      el('span', { class: mine || follows ? 'name hidden' : 'name' }, mine ? 'You' : name),
      time(message.createdOn),
      message.editedOn && !deleted ? el('span', { class: 'edited' }, 'edited') : null);
    const words = el('p', { class: 'words' }, deleted ? 'Message deleted' : message.text);
    return el('li', { class: classes.filter(Boolean).join(' '), 'data-id': message.id, tabindex: '-1' },
      mine ? null : avatar(message.sender, name),
      el('div', { class: 'body' }, head, words),
      mine && !deleted && !message.state ? this.#buttons(message) : null,
      this.#below(message, readers));
  }

  #buttons(message) {
    const start = message.text.slice(0, 40);
    return el('div', { class: 'actions' },
      el('button', { class: 'icon', type: 'button', title: 'Edit', 'aria-label': `Edit message: ${start}`, click: () => this.#actions.edit(message) }, icon('edit')),
      el('button', { class: 'icon', type: 'button', title: 'Delete', 'aria-label': `Delete message: ${start}`, click: () => this.#actions.remove(message) }, icon('delete')));
  }

  #below(message, readers) {
    if (message.state === 'failed') {
      return el('p', { class: 'below' }, `Not sent. ${message.why}`,
        el('button', { class: 'quiet', type: 'button', click: () => this.#actions.retry(message) }, 'Try again'),
        el('button', { class: 'quiet', type: 'button', click: () => this.#actions.discard(message) }, 'Discard'));
    }
    if (message.state === 'pending') {
      return el('p', { class: 'below' }, 'Sending…');
    }
    return readers.length ? el('p', { class: 'below' }, `Seen by ${list(readers)}`) : null;
  }
}

/** Message id -> others who have read up to it. A mark stands at the newest message that it covers, once per reader. */
function seenBy(thread, me) {
  const messages = thread.ordered.filter((message) => !message.system && !message.state);
  const seen = new Map();
  for (const [reader, upTo] of thread.reads) {
    const last = messages.findLast((message) => message.at <= Number(upTo));
    if (reader !== me && last && last.sender !== reader) {
      seen.set(last.id, [...(seen.get(last.id) ?? []), reader]);
    }
  }
  return seen;
}

/** A system message in words. */
export function said(message, thread, me) {
  const name = (id) => (id === me ? 'You' : thread.nameOf(id));
  const by = message.by ? name(message.by) : 'The service';
  const others = (message.people ?? []).filter(({ id }) => id !== message.by);
  const names = list(others.map(({ id, name: given }) => (id === me ? 'you' : given || thread.nameOf(id))));
  if (message.system === 'topicUpdated') {
    return `${by} set the topic to “${message.topic}”`;
  }
  if (message.system === 'participantAdded') {
    return others.length ? `${by} added ${names}` : `${by} started the thread`;
  }
  if (message.system === 'participantRemoved') {
    return others.length ? `${by} removed ${names}` : `${by} left`;
  }
  return `${by} changed the thread`;
}
