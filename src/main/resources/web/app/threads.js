// The list of threads.

import { $, el, shortly, time } from './dom.js';
import { said } from './messages.js';
import { avatar } from './people.js';

export function showThreads(threads, current, me, open) {
  const focused = document.activeElement?.dataset?.thread;
  const ordered = [...threads].sort((one, other) => String(other.lastOn ?? '').localeCompare(String(one.lastOn ?? '')));
  $('threads').replaceChildren(...ordered.map((thread) => row(thread, thread === current, me, open)));
  $('no-threads').hidden = ordered.length > 0;
  if (focused) {
    document.querySelector(`[data-thread="${CSS.escape(focused)}"]`)?.focus();
  }
}

function row(thread, current, me, open) {
  const topic = thread.topic || 'Without a topic';
  const unread = badge(thread);
  return el('li', {},
    el('button', {
      type: 'button',
      class: unread ? 'unread' : null,
      'data-thread': thread.id,
      'aria-current': current ? 'true' : null,
      click: () => open(thread),
    },
      avatar(thread.id, topic),
      el('span', { class: 'topic' }, topic),
      thread.lastOn ? time(thread.lastOn, shortly) : el('span'),
      el('span', { class: 'last' }, preview(thread, me)),
      unread));
}

const MOST_SHOWN = 99;

function badge(thread) {
  if (thread.unread > 0) {
    const count = thread.unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(thread.unread);
    return el('span', { class: 'badge' }, count, el('span', { class: 'hidden' }, ' unread'));
  }
  return thread.news ? el('span', { class: 'badge dot' }, el('span', { class: 'hidden' }, 'new messages')) : null;
}

function preview(thread, me) {
  const { last } = thread;
  if (!last) {
    return thread.loaded ? 'No messages yet' : '';
  }
  if (last.system) {
    return said(last, thread, me);
  }
  const who = last.sender === me ? 'You' : last.senderName || thread.nameOf(last.sender);
  return `${who}: ${last.deletedOn ? 'message deleted' : last.text}`;
}
