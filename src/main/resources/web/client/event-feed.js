// Events over plain HTTP: one stream of Server-Sent Events for many threads or, where a proxy holds it back, long polls.

/** A stream that passes brings its first bytes within this time. */
const FIRST_BYTES_MS = 1_500;

/** The gateway writes a comment every 20 s. */
const SILENT_MS = 45_000;

/** Subscriptions that follow each other within this time go into one stream. */
const COLLECT_MS = 5;

/** A long poll that continues subscriptions waits this long for what was missed: without an event it has no answer. */
const RESUME_WAIT_MS = 300;

const POLL_WAIT_MS = 25_000;
const POLL_LIMIT_MS = 45_000;

/** After a poll that ended early without an event, say with a notice about the token. */
const PAUSE_MS = 1_000;

/** After this time long polls try a stream again. */
const RETRY_STREAM_MS = 300_000;

/** A stream that ended is opened again within this time. */
const REOPEN_MS = 300;

/** Ends of a stream after which another is opened at once: no subscription left, moved, drained, too slow. */
const REOPENED = [1000, 1001, 1006, 1012, 4413];

/** The key of the inbox among the subscriptions; the others have the id of their thread. */
export const INBOX = '';

/** Why a stream or a request ended, as the close of a WebSocket would say. */
class Ended extends Error {
  constructor(code, reason, afterMs) {
    super(reason);
    this.code = code;
    this.afterMs = afterMs;
  }
}

/** A proxy holds the stream back. */
class Buffered extends Error {
  constructor() {
    super('the stream is held back');
  }
}

/** What an HTTP status means for a connection. */
export function closeOf(status, error) {
  const reason = error?.message ?? `HTTP status ${status}`;
  if (status === 401) {
    return { code: 4401, reason };
  } else if (status === 429) {
    return { code: 4429, reason, afterMs: error?.data?.retryAfterMs ?? 2_000 };
  } else if (status === 503 && error) {
    return { code: 1013, reason, afterMs: error.data?.retryAfterMs };
  } else if (status === 400 && error) {
    return { code: 4400, reason };
  }
  return { code: 1006, reason };
}

/** The error in the body of a refused request; undefined when a proxy has answered instead of the gateway. */
export async function errorOf(response) {
  try {
    return (await response.json()).error;
  } catch {
    return undefined;
  }
}

/** Splits a stream of Server-Sent Events. A part that the stream ends in is not an event. */
export class EventParser {
  #decoder = new TextDecoder();
  #text = '';

  /** The events that are complete with this chunk: [{event, data}]. Comments are left out. */
  push(chunk) {
    this.#text += this.#decoder.decode(chunk, { stream: true });
    const blocks = this.#text.split('\n\n');
    this.#text = blocks.pop();
    return blocks.map(EventParser.#event).filter(({ data }) => data !== undefined);
  }

  static #event(block) {
    const event = {};
    for (const line of block.split('\n')) {
      const colon = line.indexOf(': ');
      if (colon > 0) {
        event[line.slice(0, colon)] = line.slice(colon + 2);
      }
    }
    return event;
  }
}

/**
 * Follows threads and the inbox. Continues by itself from the cursors after the end of a stream, once; a second failure in a
 * row is reported. `sink` gets: subscribed(key, result, fresh), failed(key, error), notify(method, params, key), alive(),
 * closed({code, reason, afterMs}), decided(kind), polled(notifications, fresh) after each poll.
 */
export class EventFeed {
  #request;
  #sink;
  #kind;
  #waitMs;
  // key -> {params, cursor, asked: an answer is due, generation and sent: the stream that it is part of, its cursor there}
  #entries = new Map();
  #generation = 0;
  #abort;
  #timer;
  #passed = false; // the stream has worked since it was last opened
  #mayPoll;
  #pollsSince; // long polls that must not try a stream again: Infinity

  /**
   * @param kind 'sse' or 'poll'
   * @param request (path, body, {accept, signal}) => promise of a response
   * @param kinds those of the two that may be used
   */
  constructor({ request, kind, kinds = ['sse', 'poll'], waitMs = POLL_WAIT_MS, sink }) {
    this.#request = request;
    this.#kind = kind;
    this.#waitMs = waitMs;
    this.#sink = sink;
    this.#mayPoll = kinds.includes('poll');
    this.#pollsSince = kinds.includes('sse') ? Date.now() : Infinity;
  }

  get idle() {
    return this.#entries.size === 0;
  }

  has(key) {
    return this.#entries.has(key);
  }

  paramsOf(key) {
    return this.#entries.get(key)?.params;
  }

  cursorOf(key) {
    return this.#entries.get(key)?.cursor;
  }

  /** Subscribes, in place of an earlier subscription of that key. The answer comes as subscribed or failed. */
  watch(key, { cursor, ...params }) {
    this.#entries.set(key, { params, cursor, asked: true });
    this.reopen();
  }

  /** Subscribes to more of a thread from its present cursor on. */
  widen(key, params) {
    this.#entries.get(key).params = params;
    this.reopen();
  }

  unwatch(key) {
    if (this.#entries.delete(key)) {
      this.reopen();
    }
  }

  /** Opens the stream again, say with a new token; what was read up to now counts. */
  reopen(afterMs = COLLECT_MS) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), afterMs);
  }

  renew() {
    this.reopen(0);
  }

  close() {
    clearTimeout(this.#timer);
    this.#generation++;
    this.#abort?.abort();
    this.#entries.clear();
  }

  async #run() {
    const generation = ++this.#generation;
    this.#abort?.abort();
    if (this.idle) {
      return;
    }
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => generation === this.#generation;
    try {
      if (this.#kind === 'sse') {
        await this.#stream(abort, current);
      } else {
        await this.#polls(abort, current);
      }
      throw new Ended(1006, 'stream ended');
    } catch (error) {
      abort.abort();
      if (current()) {
        this.#ended(error);
      }
    }
  }

  #ended(error) {
    if (this.idle) {
      return;
    }
    if (error instanceof Buffered && !this.#passed && this.#mayPoll) {
      this.#kind = 'poll';
      this.#pollsSince = Date.now();
      this.#run();
      return;
    }
    const { code, afterMs } = error instanceof Ended ? error : { code: 1006 };
    if (this.#passed && REOPENED.includes(code)) {
      this.#passed = false;
      // Spread over a moment: all streams of a node that ends are opened again.
      this.reopen(Math.random() * REOPEN_MS);
    } else {
      this.#sink.closed({ code, reason: error.message, afterMs });
    }
  }

  #body() {
    const subscriptions = [];
    let inbox;
    for (const [key, entry] of this.#entries) {
      entry.sent = entry.cursor;
      entry.generation = this.#generation;
      const params = entry.cursor ? { ...entry.params, cursor: entry.cursor } : entry.params;
      if (key === INBOX) {
        inbox = params;
      } else {
        subscriptions.push(params);
      }
    }
    return { subscriptions, ...(inbox && { inbox }) };
  }

  async #open(body, accept, abort) {
    const response = await this.#request('/streams', body, { accept, signal: abort.signal });
    if (response.status !== 200) {
      const { code, reason, afterMs } = closeOf(response.status, await errorOf(response));
      throw new Ended(code, reason, afterMs);
    }
    return response;
  }

  async #stream(abort, current) {
    let buffered = false;
    let limit = setTimeout(() => {
      buffered = true;
      abort.abort();
    }, FIRST_BYTES_MS);
    try {
      const response = await this.#open(this.#body(), 'text/event-stream', abort);
      const reader = response.body?.getReader?.();
      if (!reader || !response.headers.get('content-type')?.startsWith('text/event-stream')) {
        throw new Buffered(); // a platform that reads whole responses only, or a proxy that answers itself
      }
      const parser = new EventParser();
      for (;;) {
        const { value, done } = await reader.read();
        if (!current() || done) {
          return;
        }
        clearTimeout(limit);
        limit = setTimeout(() => abort.abort(), SILENT_MS);
        this.#hasPassed('sse');
        for (const { event, data } of parser.push(value)) {
          this.#received(event, JSON.parse(data));
        }
      }
    } catch (error) {
      throw buffered ? new Buffered() : error;
    } finally {
      clearTimeout(limit);
    }
  }

  #hasPassed(kind) {
    if (!this.#passed) {
      this.#passed = true;
      this.#sink.decided(kind);
    }
    this.#sink.alive();
  }

  async #polls(abort, current) {
    while (current()) {
      if (Date.now() - this.#pollsSince > RETRY_STREAM_MS) {
        this.#kind = 'sse';
        this.#passed = false;
        await this.#stream(abort, current);
        return;
      }
      const answer = await this.#poll(abort);
      if (!current()) {
        return;
      }
      this.#hasPassed('poll');
      this.#polled(answer);
      if (answer.early) {
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      if (this.idle) {
        return;
      }
    }
  }

  /** One long poll. `early`: it has ended before its time, and without an event. */
  async #poll(abort) {
    const resumes = [...this.#entries.values()].some(({ asked, cursor }) => asked && cursor);
    const waitMs = resumes ? Math.min(RESUME_WAIT_MS, this.#waitMs) : this.#waitMs;
    const begun = Date.now();
    const limit = setTimeout(() => abort.abort(), POLL_LIMIT_MS);
    try {
      const response = await this.#open({ ...this.#body(), waitMs }, 'application/json', abort);
      const answer = await response.json();
      const event = answer.notifications.some(({ method, params }) => params.threadId || method === 'subscribedInbox');
      return { ...answer, early: !event && Date.now() - begun < waitMs / 2 };
    } finally {
      clearTimeout(limit);
    }
  }

  #polled({ notifications, cursors, inbox }) {
    const answered = new Set(notifications.filter(({ method }) => /^subscri/.test(method)).map(({ method, params }) =>
      method === 'subscribedInbox' || params.inbox ? INBOX : params.threadId));
    for (const [key, entry] of [...this.#entries]) {
      if (entry.asked && entry.sent && !answered.has(key)) {
        // Continued without a gap: that has no notification of its own.
        entry.asked = false;
        this.#sink.subscribed(key, { cursor: entry.sent, recovered: 'complete' }, false);
      }
    }
    for (const { method, params } of notifications) {
      this.#received(method, params);
    }
    for (const [key, entry] of this.#entries) {
      if (this.#isOpen(entry) && (!entry.asked || entry.sent)) {
        entry.cursor = key === INBOX ? inbox ?? entry.cursor : cursors[key];
      }
    }
    this.#sink.polled?.(notifications.length, answered.size > 0);
  }

  /** Whether the open stream has this subscription, and not one that it replaced. */
  #isOpen(entry) {
    return entry?.generation === this.#generation;
  }

  #received(method, params) {
    switch (method) {
      case 'subscribed':
        this.#subscribed(params.threadId, params);
        break;
      case 'subscribedInbox':
        this.#subscribed(INBOX, params);
        break;
      case 'subscriptionFailed': {
        const key = params.inbox ? INBOX : params.threadId;
        if (this.#isOpen(this.#entries.get(key))) {
          this.#entries.delete(key);
          this.#sink.failed(key, params.error);
        }
        break;
      }
      case 'resync':
        this.#startsAfresh(params);
        break;
      case 'closed':
        throw new Ended(params.code, params.reason, params.code === 4429 ? 2_000 : undefined);
      case 'reconnect':
        this.reopen(params.afterMs ?? 0);
        break;
      case 'ping':
      case 'resumed': // numbers are not handed on: each stream has its own
        break;
      default:
        this.#event(method, params);
    }
  }

  /** The stream subscribes again by itself, without the cursor. */
  #startsAfresh({ threadId, reason }) {
    const entry = this.#entries.get(threadId);
    if (this.#isOpen(entry)) {
      Object.assign(entry, { cursor: undefined, sent: undefined, reason });
    }
  }

  #subscribed(key, { threadId: _, seq: _seq, ...result }) {
    const entry = this.#entries.get(key);
    if (this.#isOpen(entry)) {
      const fresh = !entry.sent || result.recovered !== 'complete';
      const { reason } = entry;
      Object.assign(entry, { cursor: result.cursor, sent: result.cursor, asked: false, reason: undefined });
      this.#sink.subscribed(key, fresh && reason ? { reason, ...result } : result, fresh);
    }
  }

  #event(method, { seq, ...params }) {
    const inbox = method === 'inboxChanged' || (method === 'chatThreadCreated' && seq === undefined);
    const key = inbox ? INBOX : params.threadId;
    const entry = this.#entries.get(key);
    if (key !== undefined && !entry) {
      return; // not wanted any more
    }
    if (this.#isOpen(entry)) {
      entry.cursor = params.cursor ?? entry.cursor;
      if (method === 'unsubscribed') {
        this.#entries.delete(key);
      }
    }
    this.#sink.notify(method, params, key);
  }
}
