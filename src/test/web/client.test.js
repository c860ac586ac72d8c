import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { ChatGatewayClient, ChatGatewayError } from '../../main/resources/web/client.js';
import { FakeGateway, until } from './fake-gateway.js';

const THREAD = '19:abc@thread.v2';
let gateway;
let clients;

beforeEach(async () => {
  gateway = await FakeGateway.start();
  clients = [];
});

afterEach(async () => {
  clients.forEach((client) => client.close());
  await gateway.stop();
});

/** A client with short waits; its connection events and token reasons are kept beside it. */
function newClient(options = {}) {
  const tokens = [];
  const states = [];
  const client = new ChatGatewayClient({
    url: gateway.url,
    WebSocket,
    getToken: ({ reason }) => {
      tokens.push(reason);
      return `token-${tokens.length}`;
    },
    backoffMs: 20,
    maxBackoffMs: 100,
    ...options,
  });
  client.on('connection', (event) => states.push(event));
  clients.push(client);
  return { client, tokens, states };
}

function listen(client, name) {
  const events = [];
  client.on(name, (event) => events.push(event));
  return events;
}

test('signs in with the first frame and knows its user', async () => {
  const { client, tokens, states } = newClient();
  const user = await client.connect();
  assert.equal(user.rawId, '8:acs:fake_ada');
  assert.equal(client.user.rawId, '8:acs:fake_ada');
  assert.equal(client.session.heartbeatSeconds, 25);
  assert.equal(gateway.last.protocol, 'json.chatgateway.v1');
  assert.deepEqual(gateway.last.requests[0], {
    jsonrpc: '2.0', id: 1, method: 'authenticate', params: { token: 'token-1' },
  });
  assert.deepEqual(tokens, ['start']);
  assert.deepEqual(states.map((s) => s.state), ['connecting', 'catchingUp', 'live']);
});

test('every method of the protocol is a promise of its result', async () => {
  const methods = [
    'createChatThread', 'listChatThreads', 'getInbox', 'getProperties', 'updateProperties', 'deleteChatThread',
    'sendMessage', 'getMessage', 'updateMessage', 'deleteMessage', 'listMessages', 'addParticipants',
    'removeParticipant', 'listParticipants', 'sendReadReceipt', 'listReadReceipts', 'sendTypingNotification',
    'subscribe', 'unsubscribe', 'subscribeInbox', 'unsubscribeInbox', 'ack', 'ping',
  ];
  for (const method of methods) {
    gateway.answers[method] = (params) => ({ method, params });
  }
  const { client } = newClient();
  await client.connect();
  for (const method of methods) {
    const params = { threadId: THREAD, ...(method === 'sendMessage' ? { clientMessageId: 'mine' } : {}) };
    const { method: called, params: given } = await client[method](params);
    assert.deepEqual([called, given], [method, params]);
  }
});

test('a refusal carries code, message, data and when to try again', async () => {
  gateway.answers.sendMessage = () => {
    throw { code: 429, message: 'Rate limit exceeded.', data: { code: 'TooManyRequests', retryable: true, retryAfterMs: 1500 } };
  };
  const { client } = newClient();
  await client.connect();
  await assert.rejects(client.sendMessage({ threadId: THREAD, content: 'x' }), (error) => {
    assert.ok(error instanceof ChatGatewayError);
    assert.equal(error.code, 429);
    assert.equal(error.message, 'Rate limit exceeded.');
    assert.equal(error.data.code, 'TooManyRequests');
    assert.equal(error.retryable, true);
    assert.equal(error.retryAfterMs, 1500);
    return true;
  });
});

test('a request has a time limit', async () => {
  gateway.answers.getProperties = () => undefined;
  const { client } = newClient();
  await client.connect();
  await assert.rejects(client.getProperties({ threadId: THREAD }, { timeoutMs: 30 }), { code: 0, retryable: true });
  assert.equal(client.state, 'live');
});

test('events reach each listener, and a failing listener stops nobody', async (t) => {
  const reported = t.mock.method(console, 'error', () => {});
  const { client } = newClient();
  const events = [];
  client.on('chatMessageReceived', () => {
    throw new Error('bug of a listener');
  });
  const off = client.on('chatMessageReceived', (event) => events.push(event));
  await client.connect();
  gateway.last.notify('chatMessageReceived', { threadId: THREAD, id: '1' });
  await until(() => events.length === 1);
  assert.equal(events[0].id, '1');
  assert.equal(reported.mock.callCount(), 1);
  off();
  const typing = listen(client, 'typingIndicatorReceived');
  gateway.last.notify('chatMessageReceived', { threadId: THREAD, id: '2' });
  gateway.last.notify('typingIndicatorReceived', { threadId: THREAD });
  await until(() => typing.length === 1);
  assert.equal(events.length, 1);
});

test('an unknown event name is refused', () => {
  const { client } = newClient();
  assert.throws(() => client.on('chatMessageRecieved', () => {}), /expected: chatMessageReceived/);
});

test('wrong options are refused by name', () => {
  assert.throws(() => new ChatGatewayClient({ url: gateway.url, WebSocket }), /getToken: missing/);
  assert.throws(
    () => new ChatGatewayClient({ url: 'http://localhost/ws', WebSocket, getToken: () => '' }), /url: http:\/\/localhost/);
});

test('after a reconnect it subscribes again from the last cursor; complete is silent', async () => {
  gateway.answers.subscribe = ({ cursor }) => ({ cursor: cursor ?? 'c1', recovered: cursor ? 'complete' : undefined });
  const { client, states } = newClient();
  const resyncs = listen(client, 'resync');
  await client.connect();
  await client.subscribe({ threadId: THREAD, limit: 20, events: ['messages'] });
  const received = listen(client, 'chatMessageReceived');
  gateway.last.notify('chatMessageReceived', { threadId: THREAD, cursor: 'c7', id: '7' });
  await until(() => received.length === 1);
  gateway.last.close(1012, 'draining');
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  assert.deepEqual(gateway.last.of('subscribe').map((r) => r.params), [
    { threadId: THREAD, limit: 20, events: ['messages'], cursor: 'c7' },
  ]);
  assert.deepEqual(resyncs, []);
  assert.deepEqual(states.slice(-5).map((s) => s.state), ['live', 'waiting', 'connecting', 'catchingUp', 'live']);
});

test('an event right behind the answer to subscribe counts for the position', async () => {
  gateway.answers.subscribe = ({ cursor }, connection) => {
    queueMicrotask(() => connection.notify('chatMessageReceived', { threadId: THREAD, cursor: 'c2' }));
    return { cursor: cursor ?? 'c1', recovered: 'complete' };
  };
  const { client } = newClient();
  const received = listen(client, 'chatMessageReceived');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  await until(() => received.length === 1);
  gateway.last.close(1012);
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  assert.equal(gateway.last.of('subscribe')[0].params.cursor, 'c2');
});

test('a subscription that cannot be continued comes as resync with fresh state', async () => {
  let count = 0;
  gateway.answers.subscribe = () => ({ cursor: `c${++count}`, recovered: 'resync', messages: [{ id: '9' }] });
  const { client } = newClient();
  const resyncs = listen(client, 'resync');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  gateway.last.close(4413, 'tooSlow');
  await until(() => resyncs.length === 1);
  assert.equal(gateway.last.of('subscribe')[0].params.cursor, 'c1');
  assert.deepEqual(resyncs[0], {
    reason: 'gap', threadId: THREAD, cursor: 'c2', recovered: 'resync', messages: [{ id: '9' }],
  });
});

test('a cursor the gateway does not take is given up for fresh state', async () => {
  gateway.answers.subscribe = ({ cursor }) => {
    if (cursor) {
      throw { code: -32602, message: 'cursor: unreadable' };
    }
    return { cursor: 'c1' };
  };
  const { client } = newClient();
  const resyncs = listen(client, 'resync');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  gateway.last.close(1012);
  await until(() => resyncs.length === 1);
  assert.equal(resyncs[0].reason, 'cursorMismatch');
});

test('a subscription refused after a reconnect ends', async () => {
  let refused = false;
  gateway.answers.subscribe = () => {
    if (refused) {
      throw { code: 403, message: 'Not a participant.', data: { retryable: false } };
    }
    return { cursor: 'c1' };
  };
  const { client } = newClient();
  const ended = listen(client, 'unsubscribed');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  refused = true;
  gateway.last.close(1012);
  await until(() => ended.length === 1 && client.state === 'live');
  assert.equal(ended[0].threadId, THREAD);
  assert.equal(ended[0].reason, 'refused');
});

test('a resync of the gateway is answered with a subscription without cursor', async () => {
  gateway.answers.subscribe = () => ({ cursor: 'c1', properties: { topic: 'Tea' } });
  const { client } = newClient();
  const resyncs = listen(client, 'resync');
  await client.connect();
  await client.subscribe({ threadId: THREAD, limit: 5 });
  gateway.last.notify('resync', { threadId: THREAD, cursor: 'x', reason: 'overflow' });
  await until(() => resyncs.length === 1);
  assert.deepEqual(gateway.last.of('subscribe')[1].params, { threadId: THREAD, limit: 5 });
  assert.equal(resyncs[0].reason, 'overflow');
  assert.equal(resyncs[0].properties.topic, 'Tea');
});

test('an ended subscription is not restored', async () => {
  gateway.answers.subscribe = () => ({ cursor: 'c1' });
  gateway.answers.unsubscribe = () => ({});
  const { client } = newClient();
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  await client.subscribe({ threadId: '19:other@thread.v2' });
  await client.unsubscribe({ threadId: THREAD });
  gateway.last.notify('unsubscribed', { threadId: '19:other@thread.v2', reason: 'removed' });
  const ended = listen(client, 'unsubscribed');
  await until(() => ended.length === 1);
  gateway.last.close(1012);
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  assert.deepEqual(gateway.last.of('subscribe'), []);
});

for (const code of [1000, 1003, 1007, 1009, 4400, 4403, 4406, 4409]) {
  test(`close ${code} ends the connection`, async () => {
    const { client, states } = newClient();
    await client.connect();
    gateway.last.close(code, 'because');
    await until(() => client.state === 'closed');
    assert.equal(states.at(-1).code, code);
    assert.equal(states.at(-1).reason, 'because');
    await assert.rejects(client.ping(), { code: 0 });
    assert.equal(gateway.connections.length, 1);
  });
}

for (const code of [1001, 1011, 1012, 1013, 4408, 4413]) {
  test(`close ${code} is followed by a new connection`, async () => {
    const { client, tokens } = newClient();
    await client.connect();
    gateway.last.close(code);
    await until(() => gateway.connections.length === 2 && client.state === 'live');
    assert.deepEqual(tokens, ['start', 'retry']);
  });
}

test('close 4401 asks for a new token', async () => {
  const { client, tokens } = newClient();
  await client.connect();
  gateway.last.close(4401, 'tokenExpired');
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  assert.deepEqual(tokens, ['start', 'refused']);
  assert.equal(gateway.last.requests[0].params.token, 'token-2');
});

test('a token that stays refused ends the connection', async () => {
  gateway.answers.authenticate = () => {
    throw { code: 401, message: 'The token is not valid.', data: { code: 'Unauthorized', retryable: false } };
  };
  const { client, tokens } = newClient();
  await assert.rejects(client.connect(), { code: 0, message: 'The token is not valid.' });
  assert.equal(client.state, 'closed');
  assert.deepEqual(tokens, ['start', 'refused', 'refused']);
});

test('after close 4429 it waits for the announced time', async () => {
  gateway.answers.ping = () => {
    throw { code: 429, message: 'Too many requests.', data: { retryable: true, retryAfterMs: 5000 } };
  };
  const { client, states } = newClient({ random: () => 0.5 });
  await client.connect();
  await assert.rejects(client.ping());
  gateway.last.close(4429, 'abuse');
  await until(() => client.state === 'waiting');
  assert.equal(states.at(-1).retryInMs, 5010);
});

test('waits grow with full jitter, the first included, and are bounded', async () => {
  gateway.onConnection = (connection) => connection.socket.terminate();
  const { client, states } = newClient({ random: () => 0.5, backoffMs: 16, maxBackoffMs: 50 });
  client.connect();
  const waits = () => states.filter((s) => s.state === 'waiting').map((s) => s.retryInMs);
  await until(() => waits().length >= 4);
  assert.deepEqual(waits().slice(0, 4), [8, 16, 25, 25]);
});

test('a token service that fails is asked again, unless it says that this is of no use', async () => {
  let calls = 0;
  const { client } = newClient({
    getToken: () => {
      if (++calls < 5) {
        throw new Error('offline');
      }
      return 'token';
    },
  });
  await client.connect();
  assert.equal(calls, 5);

  const other = newClient({
    getToken: () => Promise.reject(Object.assign(new Error('signed out'), { retryable: false })),
  });
  await assert.rejects(other.client.connect(), /signed out/);
});

test('an expiring token is replaced in place', async () => {
  const { client, tokens } = newClient();
  const expiring = listen(client, 'tokenExpiring');
  await client.connect();
  gateway.last.notify('tokenExpiring', { expiresOn: '2026-12-01T00:00:00Z' });
  await until(() => gateway.last.of('authenticate').length === 2);
  assert.equal(gateway.last.of('authenticate')[1].params.token, 'token-2');
  assert.deepEqual(tokens, ['start', 'expiring']);
  assert.equal(expiring.length, 1);
  assert.equal(gateway.connections.length, 1);
});

test('an announced drain moves it over: answers on their way arrive, new requests wait for the next node', async () => {
  let answer;
  gateway.answers.sendMessage = ({ content }, connection) => {
    if (content === 'slow') {
      const { id } = connection.requests.at(-1);
      answer = () => connection.socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { id: '1' } }));
      return undefined;
    }
    return { id: '2' };
  };
  const { client, tokens } = newClient();
  await client.connect();
  const slow = client.sendMessage({ threadId: THREAD, content: 'slow' });
  await until(() => answer);
  const first = gateway.last;
  first.notify('reconnect', { afterMs: 20, reason: 'drain' });
  await new Promise((resolve) => setTimeout(resolve, 80));
  const next = client.sendMessage({ threadId: THREAD, content: 'next' });
  answer();
  assert.equal((await slow).id, '1');
  assert.equal((await next).id, '2');
  assert.equal(gateway.connections.length, 2);
  assert.equal(gateway.last.of('sendMessage').length, 1);
  await until(() => first.closedWith);
  assert.equal(first.closedWith, 1000);
  assert.deepEqual(tokens, ['start', 'move']);
});

test('reconnect is followed at the moment that the gateway names', async () => {
  const { client } = newClient({ random: () => 0 });
  await client.connect();
  const begun = Date.now();
  gateway.last.notify('reconnect', { afterMs: 300, reason: 'drain' });
  await until(() => gateway.connections.length === 2);
  assert.ok(Date.now() - begun >= 290, `after ${Date.now() - begun} ms`);
});

test('a connection closed for a broken protocol is not tried again', async () => {
  const { client, states } = newClient();
  await client.connect();
  gateway.last.close(1002, '');
  await until(() => client.state === 'closed');
  assert.equal(states.at(-1).code, 1002);
  assert.equal(gateway.connections.length, 1);
});

for (const [on, off, params] of [
  ['subscribe', 'unsubscribe', { threadId: THREAD }],
  ['subscribeInbox', 'unsubscribeInbox', {}],
]) {
  test(`${off} before ${on} has settled wins, also on the next connection`, async () => {
    let answer;
    gateway.answers[on] = (given, connection) => {
      answer = () => connection.socket.send(JSON.stringify({ jsonrpc: '2.0', id: connection.of(on)[0].id, result: { cursor: 'c', seq: 1, messages: [] } }));
    };
    gateway.answers[off] = () => ({});
    const { client } = newClient();
    await client.connect();
    const asked = client[on](params);
    await until(() => answer);
    await client[off](params);
    answer();
    await asked;
    gateway.last.close(1012, '');
    await until(() => gateway.connections.length === 2 && client.state === 'live');
    assert.equal(gateway.last.of(on).length, 0);
  });

  test(`${off} takes back a ${on} whose connection was lost, or that waits for one`, async () => {
    gateway.answers[on] = () => undefined;
    gateway.answers[off] = () => undefined;
    const { client } = newClient();
    await client.connect();
    const sent = client[on](params);
    await until(() => gateway.last.of(on).length === 1);
    client[off](params).catch(() => {});
    gateway.last.close(1012, '');
    await assert.rejects(sent, (error) => error.data.code === 'Withdrawn');
    await until(() => client.state === 'waiting');
    const queued = client[on](params);
    await client[off](params);
    await assert.rejects(queued, (error) => error.data.code === 'Withdrawn' && !error.retryable);
    await until(() => gateway.connections.length === 2 && client.state === 'live');
    assert.equal(gateway.last.of(on).length, 0);
  });
}

test('silence is taken for a dead connection; a ping of the gateway is a sign of life', async () => {
  const { client, states } = newClient({ idleTimeoutMs: 1500 });
  await client.connect();
  const beat = setInterval(() => gateway.connections[0].notify('ping', {}), 100);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.equal(gateway.connections.length, 1);
  clearInterval(beat);
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  assert.equal(states.find((s) => s.state === 'waiting').code, 4408);
});

test('an unreadable frame is not passed over: the connection is replaced', async () => {
  const { client } = newClient();
  await client.connect();
  gateway.last.socket.send('{"jsonrpc":');
  await until(() => gateway.connections.length === 2 && client.state === 'live');
});

test('requests wait for the connection, up to a bound and within their time limit', async () => {
  gateway.answers.ping = () => ({});
  const { client } = newClient({ maxQueue: 2 });
  client.connect();
  const kept = [client.ping(), client.ping()];
  await assert.rejects(client.ping(), (error) => error.data.code === 'QueueFull' && error.retryable);
  assert.deepEqual(await Promise.all(kept), [{}, {}]);
});

/** Answers on all connections but the first. */
function silentAtFirst(result) {
  return (params, connection) => (connection === gateway.connections[0] ? undefined : result);
}

test('after a lost connection reads are asked again, other writes are the application\'s to decide', async () => {
  gateway.answers.listMessages = silentAtFirst({ value: [] });
  gateway.answers.updateMessage = silentAtFirst({});
  const { client } = newClient();
  await client.connect();
  const read = client.listMessages({ threadId: THREAD });
  const write = client.updateMessage({ threadId: THREAD, messageId: '1', content: 'x' });
  await until(() => gateway.last.requests.length === 3);
  gateway.last.socket.terminate();
  await assert.rejects(write, (error) => error.data.code === 'ConnectionLost' && error.retryable);
  assert.deepEqual(await read, { value: [] });
  assert.equal(gateway.last.of('updateMessage').length, 0);
});

test('a message whose answer was lost is sent again with the same id, as a retry', async () => {
  gateway.answers.sendMessage = silentAtFirst({ id: '1', inDoubt: true });
  const { client } = newClient();
  await client.connect();
  const sending = client.sendMessage({ threadId: THREAD, content: 'x' });
  await until(() => gateway.last.of('sendMessage').length === 1);
  gateway.last.socket.terminate();
  const sent = await sending;
  const [[first], [second]] = gateway.connections.map((connection) => connection.of('sendMessage'));
  assert.match(first.params.clientMessageId, /^[0-9a-f]{32}$/);
  assert.equal(first.params.retry, undefined);
  assert.deepEqual(second.params, { ...first.params, retry: true });
  assert.deepEqual(sent, { id: '1', clientMessageId: first.params.clientMessageId, inDoubt: true });
});

test('a message that is sent again has its whole time limit again', async () => {
  gateway.answers.sendMessage = (params, connection) => {
    if (connection !== gateway.connections[0]) {
      const answer = { jsonrpc: '2.0', id: connection.requests.at(-1).id, result: { id: '1' } };
      setTimeout(() => connection.socket.send(JSON.stringify(answer)), 500);
    }
  };
  const { client } = newClient({ sendTimeoutMs: 800 });
  await client.connect();
  const sending = client.sendMessage({ threadId: THREAD, content: 'x' });
  setTimeout(() => gateway.connections[0].socket.terminate(), 500);
  assert.equal((await sending).id, '1');
});

test('a message that waited for the first connection is no retry; each has an id of its own', async () => {
  gateway.answers.sendMessage = () => ({ id: '1' });
  const { client } = newClient();
  client.connect();
  const sent = await Promise.all(['a', 'b'].map((content) => client.sendMessage({ threadId: THREAD, content })));
  assert.deepEqual(gateway.last.of('sendMessage').map((r) => r.params.retry), [undefined, undefined]);
  assert.notEqual(sent[0].clientMessageId, sent[1].clientMessageId);
  assert.equal(sent[0].inDoubt, false);
});

test('a message without an answer in time names the id to repeat it with', async () => {
  gateway.answers.sendMessage = () => undefined;
  const { client } = newClient({ sendTimeoutMs: 30 });
  await client.connect();
  await assert.rejects(client.sendMessage({ threadId: THREAD, content: 'x' }), (error) =>
    error.data.code === 'RequestTimeout'
      && error.data.clientMessageId === gateway.last.of('sendMessage')[0].params.clientMessageId);
});

// ---- ticket ----

/** The gateway hands out ticket-1, ticket-2... */
function withTickets() {
  const plain = gateway.answers.authenticate;
  let count = 0;
  gateway.answers.authenticate = (params) => {
    const result = plain(params);
    return { ...result, session: { ...result.session, ticket: `ticket-${++count}` } };
  };
}

async function reconnected(client, number, code = 1012) {
  gateway.last.close(code);
  await until(() => gateway.connections.length === number && client.state === 'live');
  return gateway.last.of('authenticate')[0].params;
}

test('the ticket goes with its token, and is renewed by each answer', async () => {
  withTickets();
  const { client } = newClient({ getToken: () => 'same' });
  await client.connect();
  assert.equal(gateway.last.of('authenticate')[0].params.ticket, undefined);
  assert.deepEqual(await reconnected(client, 2), { token: 'same', ticket: 'ticket-1' });
  assert.deepEqual(await reconnected(client, 3), { token: 'same', ticket: 'ticket-2' });
  assert.equal(JSON.stringify(client.session).includes('ticket-'), false);
});

test('another token goes without the ticket of the old one', async () => {
  withTickets();
  const { client } = newClient();
  await client.connect();
  assert.deepEqual(await reconnected(client, 2), { token: 'token-2' });
});

test('a token replaced in place brings its own ticket', async () => {
  withTickets();
  const { client } = newClient({ getToken: ({ reason }) => (reason === 'start' ? 'old' : 'new') });
  await client.connect();
  gateway.last.notify('tokenExpiring', { expiresOn: '2026-12-01T00:00:00Z' });
  await until(() => gateway.last.of('authenticate').length === 2);
  await client.connect();
  gateway.answers.ping = () => ({});
  await client.ping(); // behind the answer to authenticate
  assert.deepEqual(await reconnected(client, 2), { token: 'new', ticket: 'ticket-2' });
});

test('a ticket that is refused is dropped', async () => {
  withTickets();
  const { client } = newClient({ getToken: () => 'same' });
  await client.connect();
  const plain = gateway.answers.authenticate;
  gateway.answers.authenticate = (params) => {
    if (params.ticket) {
      throw { code: 401, message: 'no', data: { code: 'Unauthorized', retryable: false } };
    }
    return plain(params);
  };
  await reconnected(client, 3);
  assert.deepEqual(gateway.connections.map((c) => c.of('authenticate')[0].params.ticket), [undefined, 'ticket-1', undefined]);
  client.close();
  await client.connect();
  assert.equal(gateway.last.of('authenticate')[0].params.ticket, undefined, 'close drops it too');
});

// ---- numbers, duplicates ----

/** A client that watches THREAD from number 1 on, and what it hands out. */
async function watching(answer = {}) {
  gateway.answers.subscribe = () => ({ cursor: 'c1', seq: 1, ...answer });
  const made = newClient();
  const { client } = made;
  const events = Object.fromEntries(['gap', 'resync', 'chatMessageReceived', 'chatMessageEdited', 'conflated']
    .map((name) => [name, listen(client, name)]));
  await client.connect();
  await client.subscribe({ threadId: THREAD, limit: 5 });
  const message = (seq, id, version = id) =>
    gateway.last.notify('chatMessageReceived', { threadId: THREAD, cursor: `c${seq}`, seq, id: String(id), version: String(version) });
  return { ...made, events, message, subscribes: () => gateway.last.of('subscribe').map((r) => r.params) };
}

test('numbers in a row, typing without one, a new start and an announced hole are no loss', async () => {
  const { events, message, subscribes } = await watching();
  message(1, 10);
  gateway.last.notify('typingIndicatorReceived', { threadId: THREAD });
  message(2, 11);
  gateway.last.notify('resumed', { threadId: THREAD, seq: 40 });
  message(40, 12);
  gateway.last.notify('conflated', { threadId: THREAD, fromSeq: 41, toSeq: 42 });
  message(43, 13);
  gateway.last.notify('conflated', { threadId: THREAD, fromSeq: 45, toSeq: 45 }); // ahead of what is before it
  message(44, 14);
  message(46, 15);
  await until(() => events.chatMessageReceived.length === 6);
  assert.deepEqual([events.gap, events.resync, subscribes().length], [[], [], 1]);
  assert.equal(events.conflated.length, 2);
});

for (const [what, wrong] of [['a number left out', 3], ['a number that goes back', 1]]) {
  test(`${what} is a loss: it is told, and fresh state is taken without a cursor`, async () => {
    const { client, states, events, message, subscribes } = await watching();
    message(1, 10);
    message(wrong, 12);
    message(9, 13); // of the old subscription still: its numbers mean nothing any more
    await until(() => events.resync.length === 1);
    assert.deepEqual(events.gap, [{ threadId: THREAD, expectedSeq: 2, receivedSeq: wrong }]);
    assert.equal(events.resync[0].reason, 'gap');
    assert.deepEqual(subscribes()[1], { threadId: THREAD, limit: 5 });
    message(1, 20); // the new count
    await until(() => events.chatMessageReceived.length === 4);
    assert.equal(events.gap.length, 1);
    assert.deepEqual(states.map((s) => s.state).slice(-2), ['catchingUp', 'live']);
    assert.equal(client.state, 'live');
  });
}

test('a state that was handed out is not handed out again, nor an older one', async () => {
  const { events, message } = await watching({ messages: [{ id: '10', version: '12' }] });
  message(1, 10, 12); // in the answer already
  message(2, 10, 11); // older
  message(3, 10, 13);
  gateway.last.notify('chatMessageEdited', { threadId: THREAD, seq: 4, id: '10', version: '13' });
  message(5, 30);
  await until(() => events.chatMessageReceived.length === 2);
  assert.deepEqual(events.chatMessageReceived.map((e) => [e.id, e.version]), [['10', '13'], ['30', '30']]);
  assert.deepEqual([events.chatMessageEdited, events.gap], [[], []]);
});

test('what was handed out is known after a reconnect', async () => {
  const { client, events, message } = await watching();
  message(1, 10);
  await until(() => events.chatMessageReceived.length === 1);
  const notHandedOut = [{ id: '11', version: '11' }];
  gateway.answers.subscribe = () => ({ cursor: 'c1', seq: 5, recovered: 'complete', messages: notHandedOut });
  gateway.last.close(1012);
  await until(() => gateway.connections.length === 2 && client.state === 'live');
  message(5, 10);
  message(6, 11);
  await until(() => events.chatMessageReceived.length === 2);
  assert.deepEqual(events.chatMessageReceived.map((e) => e.id), ['10', '11']);
  assert.deepEqual([events.resync, events.gap], [[], []]);
});

test('the memory of states is bounded: the oldest are forgotten', async () => {
  const { events, message } = await watching();
  for (let i = 1; i <= 600; i++) {
    message(i, 1000 + i);
  }
  message(601, 1001); // forgotten
  message(602, 1600); // known
  message(603, 2000);
  await until(() => events.chatMessageReceived.at(-1)?.id === '2000');
  assert.equal(events.chatMessageReceived.length, 602);
});

// ---- states ----

test('degraded while a thread is, then live', async () => {
  const { client, states } = await watching();
  const told = (source) => gateway.last.notify('freshness', { threadId: THREAD, source, maxStalenessMs: 60000, reason: 'throttled' });
  told('degraded');
  await until(() => client.state === 'degraded');
  assert.deepEqual(states.at(-1), {
    state: 'degraded', previous: 'live', threadId: THREAD, source: 'degraded', maxStalenessMs: 60000, reason: 'throttled',
  });
  gateway.answers.ping = () => ({});
  await client.ping(); // requests go on
  told('poll');
  await until(() => client.state === 'live');
  told('degraded');
  await until(() => client.state === 'degraded');
  gateway.answers.unsubscribe = () => ({});
  await client.unsubscribe({ threadId: THREAD });
  assert.equal(client.state, 'live', 'nobody watches it any more');
});

test('catching up lasts until each subscription is answered; one that is degraded by then is told', async () => {
  const { client, states } = await watching();
  await client.subscribe({ threadId: '19:two@thread.v2' });
  const answers = [];
  gateway.answers.subscribe = ({ threadId, cursor }, connection) => {
    const { id } = connection.requests.at(-1);
    answers.push(() => connection.socket.send(JSON.stringify({
      jsonrpc: '2.0', id, result: { cursor, seq: 1, recovered: 'complete', freshness: { source: threadId === THREAD ? 'poll' : 'degraded' } },
    })));
  };
  gateway.last.close(1012);
  await until(() => answers.length === 2);
  answers[0]();
  gateway.answers.ping = () => ({});
  await client.ping();
  assert.equal(client.state, 'catchingUp');
  answers[1]();
  await until(() => client.state === 'degraded');
  assert.deepEqual(states.map((s) => s.state).slice(-4), ['waiting', 'connecting', 'catchingUp', 'degraded']);
});

test('a subscription refused for now is degraded and asked for again, on the same connection', async () => {
  const { client, events } = await watching();
  let refusals = 2;
  gateway.answers.subscribe = () => {
    if (refusals-- > 0) {
      throw { code: 503, message: 'The service is away.', data: { retryable: true, retryAfterMs: 10 } };
    }
    return { cursor: 'c2', seq: 1, recovered: 'complete', freshness: { source: 'poll' } };
  };
  gateway.last.close(1012);
  await until(() => client.state === 'degraded');
  await until(() => client.state === 'live');
  assert.equal(gateway.connections.length, 2);
  assert.deepEqual(gateway.last.of('subscribe').map((r) => r.params.cursor), ['c1', 'c1', 'c1']);
  assert.deepEqual(events.resync, []);
});

for (const reason of ['removed', 'threadDeleted', 'refused', 'byClient']) {
  test(`unsubscribed, ${reason}: told, and ${reason === 'byClient' ? 'a newer subscription stays' : 'not restored'}`, async () => {
    const { client } = await watching();
    const ended = listen(client, 'unsubscribed');
    gateway.last.notify('unsubscribed', { threadId: THREAD, reason });
    await until(() => ended.length === 1);
    assert.deepEqual(ended, [{ threadId: THREAD, reason }]);
    gateway.last.close(1012);
    await until(() => gateway.connections.length === 2 && client.state === 'live');
    assert.equal(gateway.last.of('subscribe').length, reason === 'byClient' ? 1 : 0);
  });
}

// ---- inbox ----

test('the inbox is continued from its last cursor; what cannot be continued is told', async () => {
  gateway.answers.subscribeInbox = ({ cursor }) => ({ cursor: cursor ?? 'i1', recovered: 'complete' });
  const { client } = newClient();
  const changes = listen(client, 'inboxChanged');
  const resyncs = listen(client, 'inboxResync');
  await client.connect();
  await client.subscribeInbox();
  gateway.last.notify('inboxChanged', { threadId: THREAD, unreadCount: 2, cursor: 'i2' });
  await until(() => changes.length === 1);
  await reconnected(client, 2);
  assert.deepEqual(gateway.last.of('subscribeInbox')[0].params, { cursor: 'i2' });
  assert.deepEqual(resyncs, []);
  gateway.answers.subscribeInbox = () => ({ cursor: 'i3', recovered: 'resync' });
  await reconnected(client, 3);
  assert.deepEqual(resyncs, [{ cursor: 'i3', recovered: 'resync' }]);
  delete gateway.answers.subscribeInbox; // a node of an older version
  await reconnected(client, 4);
  assert.equal(resyncs[1].error.code, -32601);
  await reconnected(client, 5);
  assert.equal(gateway.last.of('subscribeInbox').length, 0);
});

test('close by the application fails what waits, and connect starts anew', async () => {
  gateway.answers.ping = () => undefined;
  const { client } = newClient();
  await client.connect();
  const pending = client.ping();
  client.close();
  await assert.rejects(pending, (error) => error.data.code === 'Closed');
  assert.equal(client.state, 'closed');
  await client.connect();
  assert.equal(client.state, 'live');
});
