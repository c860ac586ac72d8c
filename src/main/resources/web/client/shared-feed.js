// One feed of events for all tabs of a user: browsers open six connections to a host over HTTP/1.1, whatever the number of tabs.
// The tab that holds a lock is the leader and has the stream; the others hear of its events over a channel.

import { EventFeed, INBOX } from './event-feed.js';
import { Leader } from './leader.js';

/** Without locks each tab polls for itself, so shortly that the tabs take turns with the connections. */
const TURN_MS = 1_000;

/** A leader that answers nothing in this time is replaced. */
const LEADER_LIMIT_MS = 4_000;

/** What was missed is complete when a poll of this length brings nothing. */
const CATCH_UP_MS = 300;

/** Closes that concern the token of the leader and no other tab. */
const OF_TOKEN = [4401, 4403];

const GROUPS = {
  chatMessageReceived: 'messages',
  chatMessageEdited: 'edits',
  chatMessageDeleted: 'edits',
  typingIndicatorReceived: 'typing',
  typingIndicatorStopped: 'typing',
  readReceiptReceived: 'receipts',
  participantsAdded: 'participants',
  participantsRemoved: 'participants',
  chatThreadCreated: 'properties',
  chatThreadDeleted: 'properties',
  chatThreadPropertiesUpdated: 'properties',
};

/** Whether a subscription with these params gets the event; the stream of all tabs has those of each. */
export function wants({ events, include }, method) {
  const group = GROUPS[method];
  const state = method !== 'typingIndicatorStopped' || include?.includes('typing');
  return state && (!events || !group || events.includes(group));
}

/** FNV-1a with 64 bits of the text in UTF-8. Tells users apart in names without naming them. */
export function hash(text) {
  let value = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    value = BigInt.asUintN(64, (value ^ BigInt(byte)) * 0x100000001b3n);
  }
  return value.toString(36);
}

/**
 * The feed of a page: shared where the platform has locks and channels, otherwise by short long polls. Undefined outside of pages.
 */
export function newSharedFeed(options) {
  const { document, navigator, BroadcastChannel } = globalThis;
  if (!document) {
    return undefined;
  }
  if (!navigator?.locks || !BroadcastChannel || !options.user) {
    return new EventFeed({ ...options, kind: 'poll', kinds: ['poll'], waitMs: TURN_MS });
  }
  return new SharedFeed({ ...options, locks: navigator.locks, BroadcastChannel });
}

/** The feed of one tab, with the interface of EventFeed. */
export class SharedFeed {
  #options;
  #name;
  #id = Math.random().toString(36).slice(2);
  #channel;
  // key -> {params, cursor, asked: an answer is due, told: the leader has not said yet from where on its events count,
  // buffer: events held back while this tab catches up}
  #wants = new Map();
  #leader; // Leader while this tab is
  #resign; // gives the lock back, or the place in its queue
  #closed = false;
  #leaderTimer;
  #catchingUp = new Map(); // key -> feed that catches up
  #bye = () => this.#post({ type: 'bye', from: this.#id });
  #back = ({ persisted }) => persisted && this.#tellWants(); // a page that was left and is shown again

  constructor(options) {
    this.#options = options;
    this.#name = `chatgateway ${hash(`${options.user.rawId} ${options.base}`)}`;
    this.#channel = new options.BroadcastChannel(this.#name);
    this.#channel.onmessage = ({ data }) => this.#receive(data);
    globalThis.addEventListener?.('pagehide', this.#bye);
    globalThis.addEventListener?.('pageshow', this.#back);
    this.#candidate();
  }

  get idle() {
    return this.#wants.size === 0;
  }

  has(key) {
    return this.#wants.has(key);
  }

  watch(key, { cursor, ...params }) {
    this.#wants.set(key, { params, cursor, asked: true });
    this.#tellWant(key);
  }

  unwatch(key) {
    this.#stopCatchingUp(key);
    if (this.#wants.delete(key)) {
      this.#post({ type: 'drop', from: this.#id, key });
    }
  }

  renew() {
    this.#leader?.renew();
  }

  close() {
    if (this.#closed) {
      return;
    }
    this.#bye();
    this.#closed = true;
    clearTimeout(this.#leaderTimer);
    [...this.#catchingUp.keys()].forEach((key) => this.#stopCatchingUp(key));
    globalThis.removeEventListener?.('pagehide', this.#bye);
    globalThis.removeEventListener?.('pageshow', this.#back);
    this.#channel.close();
    this.#wants.clear();
    this.#leader?.close();
    this.#resign();
  }

  // ---- the lead ----

  /** Waits for the lock, and leads as long as it has it. `steal`: takes it from a tab that does not answer. */
  async #candidate(steal = false) {
    const abort = new AbortController();
    let leader;
    const end = new Promise((resolve) => {
      this.#resign = () => {
        abort.abort();
        resolve();
      };
    });
    try {
      await this.#options.locks.request(this.#name, steal ? { steal } : { signal: abort.signal }, () => {
        leader = this.#lead();
        return end;
      });
    } catch {
      // Given up while it waited, or the lock was stolen.
    }
    leader?.close();
    if (leader === this.#leader) {
      this.#leader = undefined;
    }
    if (!this.#closed && !abort.signal.aborted) {
      this.#candidate();
      this.#tellWants();
    }
  }

  #lead() {
    if (this.#closed) {
      return undefined;
    }
    const { request, kind, kinds } = this.#options;
    const leader = new Leader({ request, kind, kinds, post: (message) => this.#post(message), close: (close) => this.#lost(close) });
    this.#leader = leader;
    this.#tellWants();
    this.#post({ type: 'lead', from: this.#id });
    return leader;
  }

  #lost(close) {
    const others = OF_TOKEN.includes(close.code) ? { code: 1006, reason: 'another tab leads' } : close;
    this.#channel.postMessage({ type: 'closed', close: others });
    this.#options.sink.closed(close);
  }

  // ---- messages ----

  #post(message) {
    if (!this.#closed) {
      this.#channel.postMessage(message);
      this.#receive(message);
    }
  }

  #tellWant(key) {
    this.#stopCatchingUp(key);
    const want = this.#wants.get(key);
    const { params, cursor } = want;
    want.told = true;
    clearTimeout(this.#leaderTimer);
    this.#leaderTimer = setTimeout(() => this.#replaceLeader(), LEADER_LIMIT_MS);
    this.#post({ type: 'want', from: this.#id, key, params, cursor });
  }

  #tellWants() {
    [...this.#wants.keys()].forEach((key) => this.#tellWant(key));
  }

  #replaceLeader() {
    if (!this.#closed && !this.#leader) {
      this.#resign();
      this.#candidate(true);
    }
  }

  #receive(message) {
    if (this.#closed || (message.to !== undefined && message.to !== this.#id)) {
      return;
    }
    this.#leader?.receive(message);
    switch (message.type) {
      case 'lead':
        if (message.from !== this.#id) {
          this.#tellWants();
        }
        break;
      case 'heard':
        clearTimeout(this.#leaderTimer);
        break;
      case 'subscribed':
        this.#subscribed(message);
        break;
      case 'joined':
        this.#joined(message);
        break;
      case 'failed':
        this.#stopCatchingUp(message.key);
        if (this.#wants.delete(message.key)) {
          this.#options.sink.failed(message.key, message.error);
        }
        break;
      case 'event':
        this.#event(message);
        break;
      case 'alive':
        this.#options.sink.alive();
        break;
      case 'kind':
        this.#options.kind = message.kind;
        this.#options.sink.decided(message.kind);
        break;
      case 'closed':
        this.#options.sink.closed(message.close);
        break;
      default: // to the leader
    }
  }

  /** The leader's stream begins, or begins afresh, at what this tab asked for. */
  #subscribed({ to, key, result, fresh }) {
    const want = this.#wants.get(key);
    if (!want) {
      return;
    }
    want.told &&= to === undefined;
    const { asked, params: { limit } } = want;
    this.#stopCatchingUp(key);
    Object.assign(want, { cursor: result.cursor, asked: false });
    if (asked || fresh) {
      const { messages, ...rest } = result;
      const mine = limit === undefined ? rest : { ...rest, messages: messages?.slice(0, limit) };
      this.#options.sink.subscribed(key, mine, fresh);
    }
  }

  #event({ key, method, params }) {
    const want = this.#wants.get(key);
    if (want?.buffer) {
      want.buffer.push({ method, params });
    } else if (want?.told) {
      return; // before the position that the leader will name
    } else if (want) {
      this.#hand(key, want, method, params);
    } else if (key === undefined) {
      this.#options.sink.notify(method, params);
    }
  }

  #hand(key, want, method, params) {
    want.cursor = params.cursor ?? want.cursor;
    if (method === 'unsubscribed') {
      this.#wants.delete(key);
    }
    if (key === INBOX || wants(want.params, method)) {
      this.#options.sink.notify(method, params);
    }
  }

  // ---- catching up with the stream ----

  /** The stream has that thread already, at `cursor`; its later events follow. */
  #joined({ key, cursor, recent }) {
    const want = this.#wants.get(key);
    if (!want?.told) {
      return;
    }
    want.told = false;
    if (want.cursor && want.cursor === cursor) {
      if (want.asked) {
        want.asked = false;
        this.#options.sink.subscribed(key, { cursor, recovered: 'complete' }, false);
      }
      return;
    }
    this.#catchUp(key, want, cursor, recent);
  }

  /** Polls from this tab's own position until nothing comes; then the events of the stream follow that the polls have not brought. */
  #catchUp(key, want, cursor, recent) {
    const handed = new Set();
    want.buffer = [];
    let whole = false;
    const end = () => {
      const { buffer } = want;
      this.#stopCatchingUp(key);
      want.cursor = cursor ?? want.cursor;
      for (const { method, params } of [...(whole ? recent : []), ...buffer]) {
        if (!handed.has(identity(method, params))) {
          this.#hand(key, want, method, params);
        }
      }
    };
    const { sink, request } = this.#options;
    const feed = new EventFeed({
      request,
      kind: 'poll',
      kinds: ['poll'],
      waitMs: want.cursor ? CATCH_UP_MS : undefined,
      sink: {
        ...sink,
        decided: () => {},
        subscribed: (_, result, fresh) => {
          const { asked } = want;
          Object.assign(want, { cursor: result.cursor, asked: false });
          whole = fresh && result.messages !== undefined;
          if (asked || fresh) {
            sink.subscribed(key, result, fresh);
          }
        },
        failed: (_, error) => {
          this.unwatch(key);
          sink.failed(key, error);
        },
        notify: (method, params) => {
          handed.add(identity(method, params));
          want.cursor = params.cursor ?? want.cursor;
          sink.notify(method, params);
        },
        polled: (count, fresh) => this.#catchingUp.get(key) === feed && (count === 0 || fresh) && end(),
      },
    });
    this.#catchingUp.set(key, feed);
    feed.watch(key, { ...want.params, cursor: want.cursor });
  }

  #stopCatchingUp(key) {
    this.#catchingUp.get(key)?.close();
    this.#catchingUp.delete(key);
    const want = this.#wants.get(key);
    if (want) {
      want.buffer = undefined;
    }
  }
}

/** The same for an event that comes over two streams. */
function identity(method, { cursor: _, ...params }) {
  return JSON.stringify([method, params]);
}
