// Client of the chat gateway: one connection, the subprotocol json.chatgateway.v1, no dependencies.
// Runs in browsers and in Node 22 and later; elsewhere pass a WebSocket constructor in the options, or do without.
// Where WebSocket does not pass, it falls back to Server-Sent Events or long polls: see client/fallback.js.

import { ChatGatewayError, failure } from './client/errors.js';
import { FallbackSocket, TransportMemory, TRANSPORTS } from './client/fallback.js';
import { HandedOut, Sequence } from './client/messages.js';

export { ChatGatewayError } from './client/errors.js';
export { ThreadMessages } from './client/messages.js';

const SUBPROTOCOL = 'json.chatgateway.v1';

/** Methods that are passed on as they are: params in, promise of the result out. */
const METHODS = [
  'createChatThread', 'listChatThreads', 'getInbox', 'getProperties', 'updateProperties', 'deleteChatThread',
  'getMessage', 'updateMessage', 'deleteMessage', 'listMessages',
  'addParticipants', 'removeParticipant', 'listParticipants',
  'sendReadReceipt', 'listReadReceipts', 'sendTypingNotification',
  'ack', 'ping',
];

/**
 * What is asked again on the next connection when the answer was lost with this one: reads change nothing, and a message
 * carries an id by which the gateway knows it again.
 */
const REPEATABLE = /^(get|list|subscribe|ping|sendMessage)/;

/** Notifications of the gateway that are handed to listeners under their own name. */
const NOTIFICATIONS = [
  'chatMessageReceived', 'chatMessageEdited', 'chatMessageDeleted', 'typingIndicatorReceived',
  'typingIndicatorStopped', 'readReceiptReceived', 'chatThreadCreated', 'chatThreadDeleted',
  'chatThreadPropertiesUpdated', 'participantsAdded', 'participantsRemoved', 'tokenExpiring',
  'unsubscribed', 'resumed', 'conflated', 'inboxChanged', 'reconnect', 'freshness',
];

/** Of these the client itself makes events: fresh state, a loss it noticed, its own state. */
const EVENTS = [...NOTIFICATIONS, 'resync', 'inboxResync', 'gap', 'connection'];

/** Notifications that bring a state of a message, known by (threadId, id, version). */
const MESSAGE_STATES = ['chatMessageReceived', 'chatMessageEdited', 'chatMessageDeleted'];

/**
 * What follows a close (the protocol's table). 'stop': a person or the application must act first; 'token': retry with
 * a new token. A code that is not listed is retried, with backoff.
 */
const AFTER_CLOSE = {
  1000: 'stop', 1002: 'stop', 1003: 'stop', 1007: 'stop', 1009: 'stop',
  4400: 'stop', 4401: 'token', 4403: 'stop', 4406: 'stop', 4409: 'stop',
};

/** Wait after 4429 when no refusal before it named a time. */
const UNANNOUNCED_LIMIT_MS = 10_000;

/** A connection that lived this long resets the backoff: one that is accepted and dropped at once must not. */
const STABLE_MS = 10_000;

/** Tokens refused in a row before the client gives up. */
const MAX_REFUSED_TOKENS = 2;

const DEFAULTS = {
  requestTimeoutMs: 15_000,
  sendTimeoutMs: 30_000,
  connectTimeoutMs: 15_000,
  tokenTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  backoffMs: 1_000,
  maxBackoffMs: 30_000,
  maxQueue: 100,
  transports: TRANSPORTS,
  retryWebSocketMs: 300_000,
};

function defaultUrl() {
  if (!globalThis.location) {
    throw new TypeError('url: missing (expected: ws://host/ws or wss://host/ws)');
  }
  const { protocol, host } = globalThis.location;
  return `${protocol === 'https:' ? 'wss' : 'ws'}://${host}/ws`;
}

function withTimeLimit(promise, ms, error) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(error()), ms);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

/** Random; crypto.randomUUID exists on secure origins only. */
function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A thread that the application watches, through all connections. */
class Subscription {
  params;
  cursor;
  freshness;
  restoring = false; // asked for again on this connection, and not answered
  attempt = 0;
  sequence = new Sequence();
  handedOut = new HandedOut();

  constructor({ cursor: _, ...params }) {
    this.params = params;
  }

  /** The gateway's answer: position, numbers and the states in it count from here. */
  begin({ cursor, seq, freshness, messages = [] }) {
    this.cursor = cursor;
    this.freshness = freshness;
    this.restoring = false;
    this.attempt = 0;
    this.sequence.start(seq);
    // Oldest first: those are forgotten first.
    [...messages].reverse().forEach((message) => this.handedOut.isNews(message));
  }
}

export class ChatGatewayClient {
  #options;
  #memory; // of the transport that passes
  #listeners = new Map(EVENTS.map((name) => [name, new Set()]));
  #socket;
  #generation = 0; // counts sockets: whatever belongs to an older one is ignored
  #state = 'closed';
  #user;
  #session;
  #ticket; // { token, ticket }: proof of that token, in memory only
  #nextId = 1;
  #pending = new Map(); // id -> call on the current socket
  #queue = []; // calls that wait for a connection
  #subscriptions = new Map(); // threadId -> Subscription
  #inbox; // { cursor, restoring, attempt } while the inbox is watched
  #attempt = 0;
  #refusedTokens = 0;
  #announcedMs; // of reconnect {afterMs}
  #limitedMs; // of the last refusal for a rate limit
  #moving = false; // a drain was announced: nothing new goes to the old node
  #heardAt = 0;
  #liveAt = 0;
  #timers = new Map();
  #opening; // settles when the client is live for the first time after connect()

  constructor(options = {}) {
    if (typeof options.getToken !== 'function') {
      throw new TypeError('getToken: missing (expected: a function that returns a token or a promise of one)');
    }
    this.#options = { ...DEFAULTS, random: Math.random, ...options };
    this.#options.WebSocket ??= globalThis.WebSocket;
    this.#options.fetch ??= globalThis.fetch?.bind(globalThis);
    const { transports, WebSocket, fetch } = this.#options;
    if (!transports.every((kind) => TRANSPORTS.includes(kind))) {
      throw new TypeError(`transports: ${transports} (expected: some of ${TRANSPORTS.join(', ')})`);
    }
    this.#options.transports = transports.filter((kind) => (kind === 'websocket' ? WebSocket : fetch));
    if (this.#options.transports.length === 0) {
      throw new TypeError('transports: none (expected: a WebSocket constructor or fetch, where the platform has neither)');
    }
    this.#options.url = String(options.url ?? defaultUrl());
    if (!/^wss?:$/.test(new URL(this.#options.url).protocol)) {
      throw new TypeError(`url: ${this.#options.url} (expected: ws://host/ws or wss://host/ws)`);
    }
    this.#memory = new TransportMemory(this.#options.url);
  }

  /**
   * connecting; catchingUp while subscriptions are continued; live; degraded while events of some thread may be late or
   * cannot be had. And waiting between two attempts to connect, closed before connect() and after the end.
   */
  get state() {
    return this.#state;
  }

  /** The signed-in user's identifier, as the gateway proved it; undefined before. */
  get user() {
    return this.#user;
  }

  /** What the gateway said of this session: heartbeatSeconds, limits. */
  get session() {
    return this.#session;
  }

  /** Connects and signs in; settles when live, or when the client has given up. Afterwards it reconnects by itself. */
  connect() {
    if (!this.#opening) {
      this.#opening = deferred();
      this.#opening.promise.catch(() => {}); // a listener of 'connection' may be all that the application wants
      this.#attempt = 0;
      this.#refusedTokens = 0;
      this.#open('start');
    }
    return this.#opening.promise;
  }

  /** Ends the connection for good; pending requests fail with Closed. connect() starts anew. */
  close() {
    this.#subscriptions.clear();
    this.#inbox = undefined;
    this.#ticket = undefined;
    this.#stop({ code: 1000, reason: 'closed by the application' });
  }

  /** Cuts short the wait for the next attempt, say because the network is back. */
  retryNow() {
    if (this.#state === 'waiting') {
      this.#open('retry');
    }
  }

  /** Calls `listener` for each event of that name; the returned function takes it back. */
  on(name, listener) {
    this.#listenersOf(name).add(listener);
    return () => this.off(name, listener);
  }

  off(name, listener) {
    this.#listenersOf(name).delete(listener);
  }

  /**
   * Watches a thread, through reconnects, until unsubscribe. State that cannot be continued without a gap comes as
   * event 'resync' with the fields of a new subscribe result, and replaces what the application holds.
   */
  subscribe(params, options) {
    return this.#call('subscribe', params, options, (result) => {
      const subscription = new Subscription(params);
      subscription.begin(result);
      this.#forget(params.threadId);
      this.#subscriptions.set(params.threadId, subscription);
      this.#settleState();
    });
  }

  /** Ends a subscription; while there is no connection nothing has to be sent for that. */
  unsubscribe(params, options) {
    this.#forget(params.threadId);
    this.#withdraw('subscribe', params.threadId);
    return this.#accepts() ? this.#call('unsubscribe', params, options) : Promise.resolve({});
  }

  /** Watches the inbox, through reconnects. Changes that cannot be continued come as event 'inboxResync'. */
  subscribeInbox(params, options) {
    return this.#call('subscribeInbox', params, options, ({ cursor }) => {
      this.#inbox = { cursor, attempt: 0 };
    });
  }

  unsubscribeInbox(params, options) {
    this.#inbox = undefined;
    this.#cancel('restore inbox');
    this.#withdraw('subscribeInbox');
    this.#settleState();
    return this.#accepts() ? this.#call('unsubscribeInbox', params, options) : Promise.resolve({});
  }

  /**
   * Sends a message, once: should the connection break before the answer, it is asked for again on the next, and the
   * gateway finds out by clientMessageId whether the first attempt was done. The result's inDoubt says that it could not.
   * A failure of code 0 names the id in data.clientMessageId: sent again with it and retry: true, nothing doubles.
   */
  async sendMessage(params, options) {
    const clientMessageId = params.clientMessageId ?? newId();
    try {
      const limit = { timeoutMs: this.#options.sendTimeoutMs, ...options };
      const result = await this.#call('sendMessage', { ...params, clientMessageId }, limit);
      return { clientMessageId, inDoubt: false, ...result };
    } catch (error) {
      if (error.code === 0) {
        error.data.clientMessageId = clientMessageId;
      }
      throw error;
    }
  }

  #listenersOf(name) {
    const listeners = this.#listeners.get(name);
    if (!listeners) {
      throw new TypeError(`event: ${name} (expected: ${EVENTS.join(', ')})`);
    }
    return listeners;
  }

  #emit(name, event) {
    for (const listener of [...this.#listeners.get(name)]) {
      try {
        listener(event);
      } catch (error) {
        // One listener's bug must not keep the event from the others, nor stop the client.
        (globalThis.reportError ?? console.error)(error);
      }
    }
  }

  // ---- requests ----

  #accepts() {
    return !this.#moving && ['catchingUp', 'live', 'degraded'].includes(this.#state);
  }

  /** `onResult` runs before the next frame is looked at, so that no event overtakes what it notes down. */
  #call(method, params = {}, { timeoutMs = this.#options.requestTimeoutMs } = {}, onResult) {
    return new Promise((resolve, reject) => {
      const call = { method, params, onResult, resolve, reject };
      if (this.#state === 'closed') {
        reject(failure('Closed', `${method}: the client is not connected`, false));
        return;
      }
      if (!this.#accepts() && this.#queue.length >= this.#options.maxQueue) {
        reject(failure('QueueFull', `${method}: ${this.#queue.length} requests wait for a connection already`, true));
        return;
      }
      this.#limit(call, timeoutMs);
      if (this.#accepts()) {
        this.#send(call);
      } else {
        this.#queue.push(call);
      }
    });
  }

  /** What was asked for and is not wanted any more: an answer that still comes starts nothing, and no repeat is sent. */
  #withdraw(method, threadId) {
    for (const call of [...this.#pending.values(), ...this.#queue]) {
      if (call.method === method && !call.internal && call.params?.threadId === threadId) {
        call.withdrawn = true;
      }
    }
    this.#abandon(this.#queue.filter((call) => call.withdrawn));
    this.#queue = this.#queue.filter((call) => !call.withdrawn);
  }

  #abandon(calls) {
    for (const call of calls) {
      clearTimeout(call.timer);
      call.reject(failure('Withdrawn', `${call.method}: taken back before the answer`, false));
    }
  }

  #limit(call, timeoutMs) {
    clearTimeout(call.timer);
    call.timeoutMs = timeoutMs;
    call.timer = setTimeout(() => this.#expire(call), timeoutMs);
  }

  #expire(call) {
    this.#pending.delete(call.id);
    this.#queue = this.#queue.filter((other) => other !== call);
    call.reject(failure('RequestTimeout', `${call.method}: no answer in time`, true));
    this.#moveWhenIdle();
  }

  #send(call) {
    call.id = this.#nextId++;
    this.#pending.set(call.id, call);
    if (call.repeated) {
      this.#limit(call, call.timeoutMs); // the gateway counts from this frame until when it posts the message
    }
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id: call.id, method: call.method, params: call.params }));
  }

  #settle({ id, result, error }) {
    const call = this.#pending.get(id);
    if (!call) {
      return; // answered after its time limit
    }
    this.#pending.delete(id);
    clearTimeout(call.timer);
    if (error) {
      const refused = new ChatGatewayError(error);
      if (refused.code === 429 && refused.retryAfterMs) {
        this.#limitedMs = refused.retryAfterMs;
      }
      call.reject(refused);
    } else {
      if (!call.withdrawn) {
        call.onResult?.(result ?? {});
      }
      call.resolve(result);
    }
    this.#moveWhenIdle();
  }

  /** Reads and messages go to the next connection; whether another write was done is the application's to find out. */
  #salvage() {
    const all = [...this.#pending.values()];
    const lost = all.filter((call) => !call.withdrawn);
    this.#pending.clear();
    this.#abandon(all.filter((call) => call.withdrawn));
    const again = lost.filter((call) => !call.internal && REPEATABLE.test(call.method));
    for (const call of lost) {
      if (!again.includes(call)) {
        clearTimeout(call.timer);
        call.reject(failure('ConnectionLost', `${call.method}: the connection was lost before the answer`, true));
      }
    }
    for (const call of again.filter(({ method }) => method === 'sendMessage')) {
      call.params = { ...call.params, retry: true };
      call.repeated = true;
    }
    this.#queue.unshift(...again);
  }

  // ---- connection ----

  #open(reason) {
    this.#clearTimers();
    const generation = ++this.#generation;
    this.#moving = false;
    for (const subscription of this.#subscriptions.values()) {
      subscription.freshness = undefined; // what an earlier connection was told
    }
    this.#setState('connecting', { attempt: this.#attempt });
    const socket = new FallbackSocket({ ...this.#options, protocols: [SUBPROTOCOL], memory: this.#memory });
    this.#socket = socket;
    const current = () => generation === this.#generation;
    socket.onopen = () => current() && this.#authenticate(generation, reason);
    socket.onmessage = ({ data }) => current() && this.#receive(data);
    socket.onclose = ({ code, reason: text, afterMs }) => current() && this.#closed(code, text, afterMs);
    this.#timer('connect', this.#options.connectTimeoutMs + this.#options.tokenTimeoutMs, () =>
      this.#drop(4408, 'not signed in in time'));
    this.#heardAt = Date.now();
    // The clock is read at each tick: timers of background tabs run late, but messages do not.
    this.#timer('idle', Math.min(5_000, this.#options.idleTimeoutMs / 4), () => this.#watchSilence(), true);
  }

  async #authenticate(generation, reason) {
    let token;
    try {
      token = await this.#token(reason);
    } catch (cause) {
      if (generation === this.#generation) {
        this.#tokenFailed(cause);
      }
      return;
    }
    if (generation !== this.#generation) {
      return;
    }
    this.#prove(token, (result) => this.#signedIn(result), (error) => this.#refused(error));
  }

  /** Shows the token, with the ticket that an earlier connection got for the same one. */
  #prove(token, onResult, onError) {
    const ticket = this.#ticket?.token === token ? this.#ticket.ticket : undefined;
    this.#control('authenticate', ticket ? { token, ticket } : { token }, (result) => {
      const renewed = result.session?.ticket;
      this.#ticket = renewed && { token, ticket: renewed };
      onResult(result);
    }, (error) => {
      if (lost(error)) {
        onError(error);
        return;
      }
      this.#ticket = undefined;
      if (ticket && error.code === -32602) {
        this.#prove(token, onResult, onError); // the ticket is what was not taken
      } else {
        onError(error);
      }
    });
  }

  #token(reason) {
    const wanted = this.#refusedTokens > 0 ? 'refused' : reason;
    return withTimeLimit(
      Promise.resolve().then(() => this.#options.getToken({ reason: wanted })),
      this.#options.tokenTimeoutMs,
      () => failure('TokenFailed', 'getToken: no token in time', true));
  }

  /** A request of the client itself: never queued, never repeated, dies with its socket. */
  #control(method, params, onResult, onError) {
    const call = { method, params, onResult, internal: true, resolve: () => {}, reject: onError };
    call.timer = setTimeout(() => this.#expire(call), this.#options.requestTimeoutMs);
    this.#send(call);
  }

  #tokenFailed(cause) {
    const error = failure('TokenFailed', `getToken: ${cause?.message ?? cause}`, cause?.retryable !== false, cause);
    if (error.retryable) {
      this.#drop(4408, error.message);
    } else {
      this.#stop({ code: 4401, reason: error.message, error });
    }
  }

  #refused(error) {
    if (lost(error)) {
      return; // the close says what follows
    }
    if (error.code === 401) {
      this.#drop(4401, error.message);
    } else if (error.retryable) {
      this.#drop(4408, error.message, error.retryAfterMs);
    } else {
      this.#stop({ code: 4403, reason: error.message, error });
    }
  }

  #signedIn({ user, session }) {
    this.#cancel('connect');
    const { ticket: _, ...told } = session ?? {};
    this.#user = user?.communicationIdentifier ?? user;
    this.#session = told;
    this.#refusedTokens = 0;
    this.#liveAt = Date.now();
    this.#setState('catchingUp', {});
    for (const threadId of [...this.#subscriptions.keys()]) {
      this.#restore(threadId, 'gap');
    }
    if (this.#inbox) {
      this.#restoreInbox();
    }
    for (const call of this.#queue.splice(0)) {
      this.#send(call);
    }
    this.#settleState();
  }

  /** The state of a signed-in connection follows from its subscriptions. */
  #settleState() {
    if (!['catchingUp', 'live', 'degraded'].includes(this.#state)) {
      return;
    }
    const all = [...this.#subscriptions.entries()];
    const [threadId, late] = all.find(([, one]) => one.freshness?.source === 'degraded') ?? [];
    const restoring = this.#inbox?.restoring || all.some(([, one]) => one.restoring);
    const state = late ? 'degraded' : restoring ? 'catchingUp' : 'live';
    if (state !== this.#state) {
      this.#setState(state, late ? { threadId, ...late.freshness } : {});
    }
    if (state !== 'catchingUp') {
      this.#opening?.resolve(this.#user);
    }
  }

  #forget(threadId) {
    this.#subscriptions.delete(threadId);
    this.#cancel(`restore ${threadId}`);
    this.#settleState();
  }

  /** Continues a subscription on this socket; only what the gateway calls complete is taken as such. */
  #restore(threadId, reason) {
    const subscription = this.#subscriptions.get(threadId);
    const { params, cursor } = subscription;
    const kept = () => this.#subscriptions.get(threadId) === subscription;
    subscription.restoring = true;
    this.#settleState();
    this.#control('subscribe', cursor ? { ...params, cursor } : params, (result) => {
      if (!kept()) {
        return;
      }
      const fresh = !cursor || result.recovered !== 'complete';
      subscription.begin(fresh ? result : { ...result, messages: [] }); // the application does not get these
      if (fresh) {
        this.#emit('resync', { reason: result.reason ?? reason, ...result, threadId });
      }
      this.#settleState();
    }, (error) => {
      if (lost(error) || !kept()) {
        return;
      }
      if (cursor && error.code === -32602) {
        subscription.cursor = undefined; // not a cursor of this gateway: start from fresh state
        this.#restore(threadId, 'cursorMismatch');
      } else if (error.retryable) {
        subscription.freshness = { source: 'degraded', reason: error.message };
        this.#timer(`restore ${threadId}`, this.#pause(subscription, error), () => this.#restore(threadId, reason));
        this.#settleState();
      } else {
        this.#forget(threadId);
        this.#emit('unsubscribed', { threadId, reason: 'refused', error });
      }
    });
  }

  /** The same for the inbox. What was missed is in getInbox, which is the application's to read again. */
  #restoreInbox() {
    const inbox = this.#inbox;
    inbox.restoring = true;
    this.#control('subscribeInbox', inbox.cursor ? { cursor: inbox.cursor } : {}, (result) => {
      if (this.#inbox !== inbox) {
        return;
      }
      const complete = inbox.cursor && result.recovered === 'complete';
      this.#inbox = { cursor: result.cursor, attempt: 0 };
      if (!complete) {
        this.#emit('inboxResync', { ...result });
      }
      this.#settleState();
    }, (error) => {
      if (lost(error) || this.#inbox !== inbox) {
        return;
      }
      if (inbox.cursor && error.code === -32602) {
        inbox.cursor = undefined;
        this.#restoreInbox();
      } else if (error.retryable) {
        this.#timer('restore inbox', this.#pause(inbox, error), () => this.#inbox && this.#restoreInbox());
      } else {
        this.#inbox = undefined;
        this.#emit('inboxResync', { error });
        this.#settleState();
      }
    });
  }

  /** Time until something refused for now is asked for again. */
  #pause(asked, { retryAfterMs = 0 }) {
    return retryAfterMs + this.#jitter(++asked.attempt);
  }

  #jitter(attempt) {
    const { backoffMs, maxBackoffMs, random } = this.#options;
    return random() * Math.min(maxBackoffMs, backoffMs * 2 ** attempt);
  }

  #receive(data) {
    this.#heardAt = Date.now();
    let frames;
    try {
      const parsed = JSON.parse(data);
      frames = Array.isArray(parsed) ? parsed : [parsed];
    } catch {
      this.#drop(4408, 'unreadable frame'); // an event may be lost with it: continue from the cursor
      return;
    }
    for (const frame of frames) {
      if (frame.method) {
        this.#notified(frame.method, frame.params ?? {});
      } else {
        this.#settle(frame);
      }
    }
  }

  #notified(method, params) {
    const subscription = this.#subscriptions.get(params.threadId);
    if (method === 'resync') {
      this.#startAfresh(params.threadId, params.reason);
      return;
    }
    if (method === 'inboxResync') {
      this.#inboxStartedAfresh(params);
      return;
    }
    let news = true;
    if (method === 'inboxChanged') {
      if (this.#inbox) {
        this.#inbox.cursor = params.cursor ?? this.#inbox.cursor;
      }
    } else if (subscription) {
      news = this.#tracked(subscription, method, params);
    }
    if (method === 'tokenExpiring') {
      this.#refreshToken();
    } else if (method === 'reconnect') {
      this.#announcedMs = params.afterMs;
      // A moment of this client's own: the gateway has spread its clients over the time already.
      this.#timer('move', params.afterMs ?? 0, () => this.#move());
    }
    if (news && NOTIFICATIONS.includes(method)) {
      this.#emit(method, params);
    }
  }

  /** Notes down what a notification says about position, numbers and freshness; tells whether it is to be handed out. */
  #tracked(subscription, method, params) {
    const { threadId } = params;
    if (method === 'unsubscribed') {
      // The client took out what it ended itself: one that is there is newer.
      if (params.reason !== 'byClient') {
        this.#forget(threadId);
      }
    } else if (method === 'resumed') {
      subscription.sequence.start(params.seq);
    } else if (method === 'conflated') {
      subscription.sequence.announce(params.fromSeq, params.toSeq);
    } else if (method === 'freshness') {
      const { threadId: _, ...freshness } = params;
      subscription.freshness = freshness;
      this.#settleState();
    } else {
      this.#count(subscription, params);
    }
    return !MESSAGE_STATES.includes(method) || subscription.handedOut.isNews(params);
  }

  /** While a subscription is asked for again, what comes still belongs to the old one: neither counts for the new. */
  #count(subscription, { threadId, cursor, seq }) {
    if (subscription.restoring) {
      return;
    }
    subscription.cursor = cursor ?? subscription.cursor;
    const { next } = subscription.sequence;
    if (seq !== undefined && !subscription.sequence.take(seq)) {
      this.#emit('gap', { threadId, expectedSeq: next, receivedSeq: seq });
      this.#startAfresh(threadId, 'gap');
    }
  }

  /** Something is missing: the application gets the thread's present state. */
  #startAfresh(threadId, reason) {
    const subscription = this.#subscriptions.get(threadId);
    if (subscription && !subscription.restoring) {
      subscription.cursor = undefined;
      this.#restore(threadId, reason);
    }
  }

  /** Of a connection over HTTP, which subscribes to the inbox again by itself. */
  #inboxStartedAfresh({ cursor, error, ...result }) {
    if (this.#inbox) {
      this.#inbox = cursor && { cursor, attempt: 0 };
      this.#emit('inboxResync', { ...result, ...(error ? { error: new ChatGatewayError(error) } : { cursor }) });
    }
  }

  async #refreshToken() {
    const generation = this.#generation;
    try {
      const token = await this.#token('expiring');
      if (generation === this.#generation) {
        // Refused: the gateway closes with 4401 once the old one has expired, and then a new one is asked for.
        this.#prove(token, () => {}, () => {});
      }
    } catch {
      // As above.
    }
  }

  /** Leaves a draining node: what is on its way may finish, new requests wait for the next node. */
  #move() {
    this.#moving = true;
    this.#timer('move', 5_000, () => this.#handOver());
    this.#moveWhenIdle();
  }

  #moveWhenIdle() {
    if (this.#moving && this.#pending.size === 0) {
      this.#handOver();
    }
  }

  #handOver() {
    this.#moving = false;
    const old = this.#detach();
    old?.close(1000, 'moving');
    this.#announcedMs = undefined;
    this.#salvage();
    this.#open('move');
  }

  #watchSilence() {
    if (Date.now() - this.#heardAt > this.#options.idleTimeoutMs) {
      this.#drop(4408, 'silent'); // half open: its close may take minutes to be noticed
    }
  }

  /** Gives the socket up without waiting for its close, and goes on as if it had been closed with `code`. */
  #drop(code, reason, afterMs) {
    const old = this.#detach();
    this.#closed(code, reason, afterMs);
    old?.close(code === 4408 ? code : 1000, '');
  }

  #detach() {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#generation++;
    return socket;
  }

  #closed(code, reason, afterMs) {
    this.#detach();
    this.#clearTimers();
    this.#salvage();
    const then = AFTER_CLOSE[code];
    if (then === 'token' && ++this.#refusedTokens > MAX_REFUSED_TOKENS) {
      this.#stop({ code, reason: reason || 'token refused' });
    } else if (then === 'stop') {
      this.#stop({ code, reason });
    } else {
      this.#wait(code, reason, afterMs ?? this.#announcedFor(code));
    }
  }

  #announcedFor(code) {
    if (code === 1001) {
      return this.#announcedMs ?? 0;
    }
    return code === 4429 ? (this.#limitedMs ?? UNANNOUNCED_LIMIT_MS) : 0;
  }

  #wait(code, reason, afterMs) {
    if (this.#liveAt && Date.now() - this.#liveAt > STABLE_MS) {
      this.#attempt = 0;
    }
    this.#liveAt = 0;
    // Full jitter, the first time too: all clients of a node that died come back at once otherwise.
    const retryInMs = Math.round(afterMs + this.#jitter(this.#attempt));
    this.#announcedMs = undefined;
    this.#limitedMs = undefined;
    this.#attempt++;
    this.#timer('retry', retryInMs, () => this.#open(code === 4401 ? 'refused' : 'retry'));
    this.#setState('waiting', { code, reason, retryInMs, attempt: this.#attempt });
  }

  #stop({ code, reason, error }) {
    const old = this.#detach();
    this.#clearTimers();
    const message = reason || `connection closed with ${code}`;
    const calls = [...this.#pending.values(), ...this.#queue];
    this.#pending.clear();
    this.#queue = [];
    for (const call of calls) {
      clearTimeout(call.timer);
      call.reject(failure('Closed', `${call.method}: ${message}`, false));
    }
    const opening = this.#opening;
    this.#opening = undefined;
    if (this.#state !== 'closed') {
      this.#setState('closed', { code, reason: message, error });
    }
    opening?.reject(error ?? failure('Closed', message, false));
    old?.close(1000, '');
  }

  #setState(state, details) {
    const previous = this.#state;
    this.#state = state;
    this.#emit('connection', { state, previous, ...details });
  }

  #timer(name, ms, action, repeat = false) {
    this.#cancel(name);
    this.#timers.set(name, repeat ? setInterval(action, ms) : setTimeout(action, ms));
  }

  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  #clearTimers() {
    for (const name of [...this.#timers.keys()]) {
      this.#cancel(name);
    }
  }

  static {
    for (const method of METHODS) {
      this.prototype[method] = function (params, options) {
        return this.#call(method, params, options);
      };
    }
  }
}

/** The connection has gone before the answer: what follows is told elsewhere. */
function lost({ data }) {
  return data.code === 'ConnectionLost' || data.code === 'Closed';
}

function deferred() {
  const result = {};
  result.promise = new Promise((resolve, reject) => Object.assign(result, { resolve, reject }));
  return result;
}
