// Speaks the protocol of the WebSocket over plain HTTP, so that the client is the same over both.

import { closeOf, errorOf, INBOX } from './event-feed.js';

const REQUEST_LIMIT_MS = 60_000;

/** Without a stream, the connection is tried this often. */
const PING_MS = 25_000;

/** Requests of one thread that wait for the ones before them go together: at most so many, of so many characters. */
const MAX_BATCH = 20;
const MAX_BATCH_CHARACTERS = 16_000;

const PARSE_ERROR = -32700;

/** The user that a token names; undefined for what is not a token of the chat service. */
export function userOf(token) {
  try {
    const text = atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/'));
    const rawId = `8:${JSON.parse(text).skypeid}`;
    if (rawId === '8:undefined') {
      return undefined;
    }
    const [, kind, id] = rawId.split(':');
    if (kind === 'orgid') {
      return { rawId, microsoftTeamsUser: { userId: id, isAnonymous: false, cloud: 'public' } };
    }
    return kind.endsWith('acs') || kind === 'spool' ? { rawId, communicationUser: { id: rawId } } : { rawId };
  } catch {
    return undefined;
  }
}

/**
 * What a client uses of a WebSocket: send, close and the handlers. Requests go to /rpc; subscriptions become those of a feed of
 * events. Numbers of events (seq) are left out: each stream has its own, and none of them arrives without those before it.
 */
export class HttpSocket {
  onopen;
  onmessage;
  onclose;
  #options;
  #token;
  #feed;
  #closed = false;
  #lanes = new Map(); // threadId -> requests that wait for the one on its way
  #asked = new Map(); // key -> requests to subscribe, without an answer
  #fresh = new Map(); // key -> answer for the request that follows a resync
  #pingTimer;

  /**
   * @param base the gateway's address without a slash at the end
   * @param newFeed ({token, user, request, sink}) => feed
   */
  constructor({ base, fetch, newFeed }) {
    this.#options = { base, fetch, newFeed };
    queueMicrotask(() => !this.#closed && this.onopen?.());
  }

  send(text) {
    const frame = JSON.parse(text);
    const { id, method, params } = frame;
    switch (method) {
      case 'authenticate':
        this.#authenticate(id, params.token);
        break;
      case 'subscribe':
        this.#subscribe(id, params.threadId, params);
        break;
      case 'subscribeInbox':
        this.#subscribe(id, INBOX, params ?? {});
        break;
      case 'unsubscribe':
        this.#unsubscribe(id, params.threadId);
        break;
      case 'unsubscribeInbox':
        this.#unsubscribe(id, INBOX);
        break;
      case 'ack': // measures deliveries over a WebSocket
        this.#reply(id, { result: {} });
        break;
      default:
        this.#enqueue(frame);
    }
  }

  /** As of a WebSocket, without waiting for the other side. */
  close() {
    this.#closed = true;
    clearInterval(this.#pingTimer);
    this.#feed?.close();
  }

  async #authenticate(id, token) {
    const renewed = this.#feed !== undefined;
    const answer = await this.#rpc({ jsonrpc: '2.0', id, method: 'ping' }, token);
    if (this.#closed || !answer) {
      return;
    }
    if (answer.error) {
      this.#reply(id, { error: answer.error });
      return;
    }
    this.#token = token;
    const user = userOf(token);
    if (renewed) {
      this.#feed.renew();
    } else {
      this.#feed = this.#options.newFeed({
        user,
        request: (path, body, options) => this.#fetch(path, body, options),
        sink: this.#sink(),
      });
      this.#pingTimer = setInterval(() => this.#ping(), PING_MS);
    }
    this.#reply(id, { result: { user: user && { communicationIdentifier: user }, session: {} } });
  }

  #sink() {
    return {
      subscribed: (key, result, fresh) => this.#subscribed(key, result, fresh),
      failed: (key, error) => this.#failed(key, error),
      notify: (method, params) => this.#notify(method, params),
      alive: () => this.#notify('ping', {}),
      closed: (close) => this.#close(close),
    };
  }

  // ---- requests ----

  #fetch(path, body, { token = this.#token, accept = 'application/json', signal } = {}) {
    return this.#options.fetch(this.#options.base + path, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', Accept: accept },
      body: JSON.stringify(body),
      cache: 'no-store',
      credentials: 'omit',
      signal,
    });
  }

  /** The requests of a thread are carried out in their order, so they go one batch after the other. */
  #enqueue(frame) {
    const { threadId, retry } = frame.params ?? {};
    if (threadId === undefined || retry) {
      this.#execute([frame]); // a repeated message waits for the first attempt, and delays nothing else
      return;
    }
    const waiting = this.#lanes.get(threadId);
    if (waiting) {
      waiting.push(frame);
    } else {
      this.#lanes.set(threadId, [frame]);
      this.#drain(threadId);
    }
  }

  async #drain(threadId) {
    for (let lane; !this.#closed && (lane = this.#lanes.get(threadId))?.length > 0;) {
      let characters = 0;
      const fits = (frame, at) => at === 0
        || (at < MAX_BATCH && (characters += JSON.stringify(frame).length) < MAX_BATCH_CHARACTERS);
      const end = lane.findIndex((frame, at) => !fits(frame, at));
      await this.#execute(lane.splice(0, end < 0 ? lane.length : end));
    }
    this.#lanes.delete(threadId);
  }

  async #execute(frames) {
    const answer = await this.#rpc(frames.length === 1 ? frames[0] : frames);
    if (!answer || this.#closed) {
      return;
    }
    if (Array.isArray(answer) || answer.id !== undefined) {
      [answer].flat().forEach(({ id, result, error }) => this.#reply(id, error ? { error } : { result }));
    } else {
      frames.forEach(({ id }) => this.#reply(id, { error: answer.error })); // refused as a whole
    }
  }

  /** The answer; undefined if the connection has been given up. */
  async #rpc(body, token) {
    try {
      const response = await this.#fetch('/rpc', body, { token, signal: AbortSignal.timeout(REQUEST_LIMIT_MS) });
      if (response.status === 200) {
        return await response.json();
      }
      const error = await errorOf(response);
      if (response.status === 401 && !token) {
        this.#close(closeOf(401, error));
      } else if (error) {
        return { error: { ...error, code: error.code ?? PARSE_ERROR } };
      } else {
        this.#close(closeOf(response.status));
      }
    } catch (failure) {
      this.#close({ code: 1006, reason: failure.message });
    }
    return undefined;
  }

  async #ping() {
    if (this.#feed.idle) {
      const answer = await this.#rpc({ jsonrpc: '2.0', id: 0, method: 'ping' });
      if (answer) {
        this.#notify('ping', {});
      }
    }
  }

  // ---- subscriptions ----

  #subscribe(id, key, params) {
    const fresh = this.#fresh.get(key);
    this.#fresh.delete(key);
    if (fresh && !params.cursor && this.#feed.has(key)) {
      this.#reply(id, { result: fresh });
      return;
    }
    this.#asked.set(key, [...(this.#asked.get(key) ?? []), id]);
    this.#feed.watch(key, params);
  }

  #unsubscribe(id, key) {
    this.#settle(key, { error: { code: -32600, message: 'subscribe: taken back before the answer', data: { code: 'Withdrawn' } } });
    this.#fresh.delete(key);
    this.#feed.unwatch(key);
    this.#reply(id, { result: {} });
  }

  /** Answers the requests to subscribe; tells whether there were any. */
  #settle(key, answer) {
    const ids = this.#asked.get(key) ?? [];
    this.#asked.delete(key);
    ids.forEach((id) => this.#reply(id, answer));
    return ids.length > 0;
  }

  #subscribed(key, result, fresh) {
    if (this.#settle(key, { result })) {
      return;
    }
    if (fresh && key === INBOX) {
      this.#notify('inboxResync', result);
    } else if (fresh) {
      this.#fresh.set(key, result);
      this.#notify('resync', { threadId: key, reason: result.reason ?? 'gap' });
    }
  }

  #failed(key, error) {
    if (this.#settle(key, { error })) {
      return;
    }
    if (key === INBOX) {
      this.#notify('inboxResync', { error });
    } else if (error.data?.retryable || error.code === -32602) {
      this.#notify('resync', { threadId: key, reason: 'gap' }); // the client subscribes until it is taken
    } else {
      this.#notify('unsubscribed', { threadId: key, reason: 'refused' });
    }
  }

  // ---- what a WebSocket would hand over ----

  #reply(id, body) {
    this.#hand({ jsonrpc: '2.0', id, ...body });
  }

  #notify(method, params) {
    this.#hand({ jsonrpc: '2.0', method, params });
  }

  #hand(frame) {
    if (!this.#closed) {
      this.onmessage?.({ data: JSON.stringify(frame) });
    }
  }

  #close(close) {
    if (!this.#closed) {
      this.close();
      this.onclose?.(close);
    }
  }
}
