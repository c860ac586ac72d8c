// Which transport a connection uses: WebSocket, else Server-Sent Events, else long polls.

import { EventFeed } from './event-feed.js';
import { HttpSocket } from './http-socket.js';
import { newSharedFeed } from './shared-feed.js';

/** The transports, best first. */
export const TRANSPORTS = ['websocket', 'sse', 'poll'];

/** A WebSocket that brings no frame within this time is not waited for alone. */
const FIRST_FRAME_MS = 2_000;

/**
 * On a fallback WebSocket is tried again after this time if it has passed before, or was only slower: it may have met a node that
 * was about to end, or a busy one.
 */
const RETRY_KNOWN_WEBSOCKET_MS = 15_000;

/** Closes before the first frame by which the gateway speaks: they are no sign that WebSocket does not pass. */
const OF_GATEWAY = new Set([1001, 1012, 1013]);

const KEY = 'chatgateway.transport';

/** Remembers the fallback that works, in a browser as long as the tab lives. */
export class TransportMemory {
  #key;
  #kind;
  /** Whether WebSocket has passed in the life of this object. */
  webSocketPassed = false;
  /** The fallback has failed since: WebSocket is tried first. */
  doubted = false;

  constructor(url) {
    this.#key = `${KEY} ${url}`;
    try {
      this.#kind = globalThis.sessionStorage?.getItem(this.#key) ?? undefined;
    } catch {
      // Storage is not allowed: remembered by this object alone.
    }
  }

  /** 'sse', 'poll', or undefined: begin with WebSocket. */
  get kind() {
    return this.#kind;
  }

  set kind(kind) {
    if (kind === this.#kind) {
      return;
    }
    this.#kind = kind;
    try {
      if (kind) {
        globalThis.sessionStorage?.setItem(this.#key, kind);
      } else {
        globalThis.sessionStorage?.removeItem(this.#key);
      }
    } catch {
      // As above.
    }
  }
}

/**
 * A connection over the best transport that passes, with what a client uses of a WebSocket. The first candidate that brings a
 * frame is the connection; until then what is sent goes to each.
 */
export class FallbackSocket {
  onopen;
  onmessage;
  onclose;
  #options;
  #candidates = new Map(); // kind -> socket
  #sent = [];
  #opened = new Set();
  #chosen;
  #timer;
  #closed = false;

  /** @param options {url, protocols, WebSocket, fetch, transports, retryWebSocketMs, memory} */
  constructor(options) {
    this.#options = options;
    const { transports, memory } = options;
    if (transports.includes('websocket') && (memory.doubted || !transports.includes(memory.kind))) {
      this.#startWebSocket();
    } else {
      this.#startHttp();
    }
  }

  send(text) {
    if (this.#chosen) {
      this.#candidates.get(this.#chosen).send(text);
    } else {
      this.#sent.push(text);
      this.#opened.forEach((kind) => this.#candidates.get(kind).send(text));
    }
    this.#credentials(text);
  }

  close(code, reason) {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#candidates.forEach((socket) => discard(socket, code, reason));
    this.#candidates.clear();
  }

  get #fallsBack() {
    return this.#options.fetch && this.#options.transports.some((kind) => kind !== 'websocket');
  }

  #startWebSocket() {
    const { WebSocket, url, protocols } = this.#options;
    this.#listen('websocket', new WebSocket(url, protocols));
    if (this.#fallsBack) {
      this.#timer = setTimeout(() => this.#startHttp(), FIRST_FRAME_MS);
    }
  }

  #startHttp() {
    clearTimeout(this.#timer);
    const { fetch, url, transports, memory } = this.#options;
    const kind = transports.includes(memory.kind) ? memory.kind : transports.find((one) => one !== 'websocket');
    const { protocol, host, pathname } = new URL(url);
    const base = `${protocol === 'wss:' ? 'https' : 'http'}://${host}${pathname.replace(/\/ws$/, '')}`;
    const newFeed = ({ user, request, sink }) => {
      const feed = { request, kind, kinds: transports, sink: { ...sink, decided: (decided) => this.#decided(decided) } };
      return newSharedFeed({ ...feed, user, base }) ?? new EventFeed(feed);
    };
    this.#listen('http', new HttpSocket({ base, fetch, newFeed }));
  }

  #decided(kind) {
    if (this.#options.transports.includes('websocket')) {
      this.#options.memory.kind = kind;
    }
  }

  #listen(kind, socket) {
    this.#candidates.set(kind, socket);
    const current = () => !this.#closed && this.#candidates.get(kind) === socket;
    socket.onopen = () => current() && this.#open(kind, socket);
    socket.onmessage = (event) => {
      if (current()) {
        this.#choose(kind, event);
        this.onmessage?.(event);
      }
    };
    socket.onerror = () => {};
    socket.onclose = (event) => current() && this.#lose(kind, event);
  }

  #open(kind, socket) {
    this.#opened.add(kind);
    this.#sent.forEach((text) => socket.send(text));
    if (this.#opened.size === 1) {
      this.onopen?.();
    }
  }

  /** The first frame decides. */
  #choose(kind, { data }) {
    if (this.#chosen) {
      return;
    }
    this.#chosen = kind;
    const slower = this.#candidates.has('websocket');
    clearTimeout(this.#timer);
    for (const [other, socket] of this.#candidates) {
      if (other !== kind) {
        discard(socket, 1000, '');
        this.#candidates.delete(other);
      }
    }
    this.#sent = [];
    this.#options.memory.doubted = false;
    if (kind === 'websocket') {
      Object.assign(this.#options.memory, { kind: undefined, webSocketPassed: true });
    } else if (this.#options.transports.includes('websocket') && !JSON.parse(data).error) {
      this.#options.memory.kind ??= this.#options.transports.find((one) => one !== 'websocket');
      const { memory, retryWebSocketMs } = this.#options;
      const waitMs = Math.min(retryWebSocketMs, memory.webSocketPassed || slower ? RETRY_KNOWN_WEBSOCKET_MS : Infinity);
      this.#timer = setTimeout(() => this.#probe(), waitMs);
    }
  }

  #lose(kind, event) {
    const ofGateway = event.code >= 4000 || OF_GATEWAY.has(event.code);
    this.#candidates.delete(kind);
    this.#opened.delete(kind);
    if (this.#chosen || ofGateway || !this.#fallsBack) {
      this.#end(event);
    } else if (kind === 'websocket' && !this.#candidates.has('http')) {
      this.#startHttp();
    } else if (this.#candidates.has('websocket')) {
      // Neither says anything: the gateway may be slow, or the network broken.
      this.#timer = setTimeout(() => this.#startHttp(), FIRST_FRAME_MS);
    } else if (this.#candidates.size === 0) {
      this.#options.memory.doubted = true;
      this.#end(event);
    }
  }

  #end(event) {
    this.close(1000, '');
    this.onclose?.(event);
  }

  // ---- the way back ----

  #lastCredentials;

  #credentials(text) {
    if (text.includes('"authenticate"') && JSON.parse(text).method === 'authenticate') {
      this.#lastCredentials = text;
    }
  }

  /** Tries whether WebSocket passes now; then the client is asked to move, which loses nothing. */
  #probe() {
    const { WebSocket, url, protocols, memory, retryWebSocketMs } = this.#options;
    const socket = new WebSocket(url, protocols);
    this.#candidates.set('probe', socket);
    const end = (passes) => {
      clearTimeout(this.#timer);
      discard(socket, 1000, '');
      if (this.#closed || this.#candidates.get('probe') !== socket) {
        return;
      }
      this.#candidates.delete('probe');
      if (passes) {
        memory.kind = undefined;
        this.onmessage?.({
          data: JSON.stringify({ jsonrpc: '2.0', method: 'reconnect', params: { afterMs: 0, reason: 'rebalance' } }),
        });
      } else {
        memory.webSocketPassed = false;
        this.#timer = setTimeout(() => this.#probe(), retryWebSocketMs);
      }
    };
    this.#timer = setTimeout(() => end(false), FIRST_FRAME_MS);
    socket.onopen = () => socket.send(this.#lastCredentials);
    socket.onmessage = ({ data }) => end(!JSON.parse(data).error);
    socket.onerror = () => {};
    socket.onclose = () => end(false);
  }
}

/** Closes a socket whose events are of no interest any more. */
function discard(socket, code, reason) {
  socket.onopen = undefined;
  socket.onmessage = undefined;
  socket.onclose = undefined;
  socket.onerror = () => {};
  socket.close(code, reason);
}
