// Small helpers around the document. Text goes in as text only: the page's policy refuses HTML strings altogether.

export function $(id) {
  return document.getElementById(id);
}

/** Makes an element; properties that are functions are listeners, null children are left out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (typeof value === 'function') {
      element.addEventListener(name, value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(ns, 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.append(use);
  return svg;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

export function time(iso, format = clock) {
  const date = new Date(iso);
  return el('time', { datetime: date.toISOString(), title: FULL.format(date) }, format(date));
}

export function clock(date) {
  return TIME.format(date);
}

/** The time for today, else the date. */
export function shortly(date) {
  return sameDay(date, new Date()) ? TIME.format(date) : SHORT_DAY.format(date);
}

export function day(date) {
  const yesterday = new Date();
  yesterday.setDate(yesterday.getDate() - 1);
  if (sameDay(date, new Date())) {
    return 'Today';
  }
  return sameDay(date, yesterday) ? 'Yesterday' : DAY.format(date);
}

export function sameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

/** Tells a screen reader, without showing. */
export function announce(text) {
  $('announcer').textContent = text;
}

const TOAST_MS = 6_000;

export function toast(text) {
  const message = el('p', {}, text);
  $('toasts').append(message);
  setTimeout(() => message.remove(), TOAST_MS);
}

/** What to tell a person about a failed request. */
export function explain(error) {
  const wait = error.retryAfterMs ? ` Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.` : '';
  return `${error.message}${wait}`;
}
