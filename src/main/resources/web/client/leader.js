// The part of the tab that has the stream of all tabs of a user: see shared-feed.js.

import { EventFeed, INBOX } from './event-feed.js';

/** Message states of the last moments: the answer to a new subscription may come from a node that is behind the stream's. */
const RECENT_MS = 3_000;

const ALIVE_MS = 5_000;

/** Params that bring what each of these asks for. */
export function union(all) {
  const merged = (name) => (all.every((params) => params[name]) ? [...new Set(all.flatMap((params) => params[name]))] : undefined);
  const limits = all.map(({ limit }) => limit).filter((limit) => limit !== undefined);
  const include = [...new Set(all.flatMap((params) => params.include ?? []))];
  const { threadId } = all[0];
  return Object.fromEntries(Object.entries({
    threadId,
    events: merged('events'),
    limit: limits.length > 0 ? Math.max(...limits) : undefined,
    include: include.length > 0 ? include : undefined,
  }).filter(([, value]) => value !== undefined));
}

/** One feed with what all tabs want. */
export class Leader {
  #post;
  #close;
  #feed;
  #members = new Map(); // tab -> key -> params
  #starting = new Map(); // key -> {cursor, tabs: those who wait for the answer, with their cursors}
  #recent = new Map(); // key -> message states of the last moments
  #aliveAt = 0;

  constructor({ request, kind, kinds, post, close }) {
    this.#post = post;
    this.#close = close;
    this.#feed = new EventFeed({
      request,
      kind,
      kinds,
      sink: {
        subscribed: (key, result, fresh) => this.#subscribed(key, result, fresh),
        failed: (key, error) => this.#failed(key, error),
        notify: (method, params, key) => this.#event(method, params, key),
        alive: () => this.#alive(),
        closed: (end) => this.#close(end),
        decided: (decided) => post({ type: 'kind', kind: decided }),
      },
    });
  }

  renew() {
    this.#feed.renew();
  }

  close() {
    this.#feed.close();
  }

  receive({ type, from, key, params, cursor }) {
    if (type === 'want') {
      this.#post({ type: 'heard', to: from });
      this.#want(from, key, params, cursor);
    } else if (type === 'drop') {
      this.#members.get(from)?.delete(key);
      this.#forget(key);
    } else if (type === 'bye') {
      const keys = [...(this.#members.get(from)?.keys() ?? [])];
      this.#members.delete(from);
      keys.forEach((one) => this.#forget(one));
    }
  }

  #want(from, key, params, cursor) {
    const keys = this.#members.get(from) ?? new Map();
    this.#members.set(from, keys.set(key, params));
    const wide = key === INBOX ? {} : union(this.#paramsOf(key));
    const starting = this.#starting.get(key);
    if (!this.#feed.has(key)) {
      this.#starting.set(key, { cursor, tabs: [{ from, cursor }] });
      this.#feed.watch(key, { ...wide, cursor });
      return;
    }
    if (JSON.stringify(wide) !== JSON.stringify(this.#feed.paramsOf(key))) {
      this.#feed.widen(key, wide);
    }
    if (starting) {
      starting.tabs.push({ from, cursor });
    } else {
      this.#join(from, key);
    }
  }

  #join(to, key) {
    this.#post({ type: 'joined', to, key, cursor: this.#feed.cursorOf(key), recent: this.#recentOf(key) });
  }

  #paramsOf(key) {
    return [...this.#members.values()].filter((keys) => keys.has(key)).map((keys) => keys.get(key));
  }

  #forget(key) {
    if (this.#paramsOf(key).length === 0) {
      this.#starting.delete(key);
      this.#recent.delete(key);
      this.#feed.unwatch(key);
    }
  }

  #subscribed(key, result, fresh) {
    const starting = this.#starting.get(key);
    this.#starting.delete(key);
    if (!starting) {
      if (fresh) {
        this.#post({ type: 'subscribed', key, result, fresh });
      }
      return;
    }
    for (const { from, cursor } of starting.tabs) {
      if (cursor === starting.cursor) {
        this.#post({ type: 'subscribed', to: from, key, result, fresh });
      } else {
        this.#join(from, key);
      }
    }
  }

  #failed(key, error) {
    this.#starting.delete(key);
    this.#members.forEach((keys) => keys.delete(key));
    this.#post({ type: 'failed', key, error });
  }

  #event(method, params, key) {
    if (/^chatMessage/.test(method)) {
      this.#recent.set(key, [...this.#recentOf(key), { method, params, at: Date.now() }]);
    } else if (method === 'unsubscribed') {
      this.#starting.delete(key);
      this.#members.forEach((keys) => keys.delete(key));
    }
    this.#post({ type: 'event', key, method, params });
  }

  #recentOf(key) {
    return (this.#recent.get(key) ?? []).filter(({ at }) => Date.now() - at < RECENT_MS);
  }

  #alive() {
    if (Date.now() - this.#aliveAt > ALIVE_MS) {
      this.#aliveAt = Date.now();
      this.#post({ type: 'alive' });
    }
  }
}
