// A gateway without WebSocket, or with one that takes no frames: threads with their events, served as streams and long polls.
import { once } from 'node:events';
import http from 'node:http';
import { WebSocketServer } from 'ws';

/** A token with the claims that the client reads. */
export function tokenOf(user, serial = 1) {
  const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ skypeid: `acs:${user}`, exp: 4102444800, serial })}.signature`;
}

export class FakeHttpGateway {
  /** [{path, token, body, url}] */
  requests = [];
  /** method -> (params) => result; throw {code, message, data} to refuse; return undefined to stay silent. */
  answers = { ping: () => ({}) };
  refusedTokens = new Set();
  /** Streams are held back until they end. */
  buffered = false;
  /** A cursor that is older than this many events is answered with resync. */
  memory = Infinity;
  #events = new Map(); // threadId -> [{method, params}], the cursor of each is its index and one
  #streams = new Set(); // {threads, write(event), end()}

  /** @param webSocket 'refused' or 'swallowed' */
  static async start(webSocket = 'refused') {
    const gateway = new FakeHttpGateway();
    gateway.server = http.createServer((request, response) => gateway.#serve(request, response));
    if (webSocket === 'swallowed') {
      gateway.swallow();
    }
    gateway.server.listen(0, '127.0.0.1');
    await once(gateway.server, 'listening');
    return gateway;
  }

  /** From now on upgrades to WebSocket succeed, and `onMessage` gets the frames; by default nothing happens to them. */
  swallow(onMessage = () => {}) {
    const sockets = new WebSocketServer({ server: this.server, handleProtocols: () => 'json.chatgateway.v1' });
    sockets.on('connection', (socket) => socket.on('message', (data) => onMessage(socket, JSON.parse(String(data)))));
    this.sockets = sockets;
  }

  get url() {
    return `ws://127.0.0.1:${this.server.address().port}/ws`;
  }

  get openStreams() {
    return this.#streams.size;
  }

  of(path) {
    return this.requests.filter((request) => request.path === path);
  }

  publish(threadId, method, params) {
    const events = this.#eventsOf(threadId);
    const event = { method, params: { threadId, seq: events.length + 100, ...params, cursor: `c${events.length + 1}` } };
    events.push(event);
    this.#streams.forEach((stream) => stream.threads.includes(threadId) && stream.write(event));
  }

  message(threadId, id) {
    this.publish(threadId, 'chatMessageReceived', { id: String(id), version: String(id), message: `m${id}` });
  }

  /** Sends a notification on all streams. */
  notify(method, params) {
    this.#streams.forEach((stream) => stream.write({ method, params }));
  }

  /** Cuts all connections. */
  cut() {
    this.server.closeAllConnections();
  }

  async stop() {
    this.#streams.forEach((stream) => stream.end());
    this.sockets?.clients.forEach((socket) => socket.terminate());
    this.cut();
    this.server.close();
  }

  #eventsOf(threadId) {
    if (!this.#events.has(threadId)) {
      this.#events.set(threadId, []);
    }
    return this.#events.get(threadId);
  }

  async #serve(request, response) {
    const chunks = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const path = request.url.split('?')[0];
    const token = request.headers.authorization?.slice('Bearer '.length);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    this.requests.push({ path, token, body, url: request.url });
    if (this.refusedTokens.has(token)) {
      json(response, 401, { error: { code: 401, message: 'token refused', data: { retryable: false } } });
    } else if (path === '/rpc') {
      this.#rpc(body, response);
    } else if (path === '/streams' && request.headers.accept === 'application/json') {
      this.#poll(body, response);
    } else if (path === '/streams') {
      this.#stream(body, response);
    } else {
      json(response, 404, {});
    }
  }

  #rpc(body, response) {
    const answers = [body].flat().map(({ id, method, params }) => {
      try {
        const result = this.answers[method](params);
        return result && { jsonrpc: '2.0', id, result };
      } catch (error) {
        return { jsonrpc: '2.0', id, error: { code: error.code, message: error.message, data: error.data } };
      }
    });
    if (answers.every((answer) => answer)) {
      json(response, 200, Array.isArray(body) ? answers : answers[0]);
    }
  }

  /** What a stream begins with: the answer to subscribe, and the events since the cursor. */
  #begin({ threadId, cursor, limit }) {
    const events = this.#eventsOf(threadId);
    if (threadId === 'refused') {
      return [{ method: 'subscriptionFailed', params: { threadId, error: { code: 403, message: 'no member', data: {} } } }];
    }
    const position = Number(cursor?.slice(1) ?? events.length);
    const complete = cursor && events.length - position <= this.memory;
    const messages = limit && events.slice(-limit).reverse().map(({ params }) => ({ ...params, cursor: undefined }));
    const result = { cursor: complete ? cursor : `c${events.length}`, messages, recovered: cursor && (complete ? 'complete' : 'resync') };
    const replayed = complete ? events.slice(position) : [];
    return [{ method: 'subscribed', params: { threadId, seq: 1 + Math.floor(Math.random() * 1000), ...result } }, ...replayed];
  }

  #stream({ subscriptions }, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const held = [];
    const write = (text) => (this.buffered ? held.push(text) : response.write(text));
    const stream = {
      threads: subscriptions.map(({ threadId }) => threadId),
      write: ({ method, params }) => {
        const id = params.cursor ? `id: ${params.cursor}\n` : '';
        write(`${id}event: ${method}\ndata: ${JSON.stringify(params)}\n\n`);
      },
      end: () => response.end(held.join('')),
    };
    write('retry: 1000\n\n');
    subscriptions.flatMap((subscription) => this.#begin(subscription)).forEach(stream.write);
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
  }

  #poll({ subscriptions, waitMs }, response) {
    const cursors = Object.fromEntries(subscriptions.filter(({ cursor }) => cursor).map(({ threadId, cursor }) => [threadId, cursor]));
    const notifications = [];
    let timer;
    const end = () => {
      this.#streams.delete(stream);
      json(response, 200, { notifications, cursors });
    };
    const stream = {
      threads: subscriptions.map(({ threadId }) => threadId),
      write: ({ method, params }) => {
        if (params.cursor) {
          cursors[params.threadId] = params.cursor;
        }
        if (method === 'subscribed' && params.recovered === 'complete') {
          return;
        }
        notifications.push({ method, params });
        if (notifications.length === 1) {
          clearTimeout(timer);
          timer = setTimeout(end, 5);
        }
      },
      end,
    };
    timer = setTimeout(end, waitMs);
    subscriptions.flatMap((subscription) => this.#begin(subscription)).forEach(stream.write);
    this.#streams.add(stream);
    response.on('close', () => {
      clearTimeout(timer);
      this.#streams.delete(stream);
    });
  }
}

function json(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}
