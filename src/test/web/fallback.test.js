import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { WebSocket } from 'ws';
import { ChatGatewayClient } from '../../main/resources/web/client.js';
import { EventParser } from '../../main/resources/web/client/event-feed.js';
import { until } from './fake-gateway.js';
import { FakeHttpGateway, tokenOf } from './fake-http-gateway.js';

const THREAD = '19:abc@thread.v2';
const OTHER = '19:def@thread.v2';
let gateway;
let clients = [];

afterEach(async () => {
  clients.forEach((client) => client.close());
  clients = [];
  await gateway?.stop();
  gateway = undefined;
});

/** A client with short waits; the reasons of its tokens and its messages are kept beside it. */
function newClient(options = {}) {
  const reasons = [];
  const client = new ChatGatewayClient({
    url: gateway.url,
    WebSocket,
    getToken: ({ reason }) => {
      reasons.push(reason);
      return tokenOf('ada', reasons.length);
    },
    backoffMs: 20,
    maxBackoffMs: 100,
    ...options,
  });
  clients.push(client);
  const messages = listen(client, 'chatMessageReceived');
  return { client, reasons, messages, texts: () => messages.map(({ message }) => message) };
}

function listen(client, name) {
  const events = [];
  client.on(name, (event) => events.push(event));
  return events;
}

const numbered = (count) => Array.from({ length: count }, (_, at) => `m${at + 1}`);

test('a refused upgrade leads to a stream, with the same calls and events', async () => {
  gateway = await FakeHttpGateway.start();
  gateway.answers.getProperties = ({ threadId }) => ({ chatThread: { id: threadId } });
  const { client, texts } = newClient();
  const user = await client.connect();
  assert.equal(user.rawId, '8:acs:ada');
  const { cursor, seq } = await client.subscribe({ threadId: THREAD, limit: 5 });
  assert.equal(cursor, 'c0');
  assert.equal(seq, undefined);
  gateway.message(THREAD, 1);
  await until(() => texts().length === 1);
  assert.deepEqual(await client.getProperties({ threadId: THREAD }), { chatThread: { id: THREAD } });
  assert.equal(client.state, 'live');
  assert.ok(gateway.requests.every(({ url }) => !url.includes(tokenOf('ada', 1))));
  assert.ok(gateway.requests.every(({ path, token }) => token === (path === '/ws' ? undefined : tokenOf('ada', 1))));
});

test('frames that are swallowed lead to a stream within 5 s', async () => {
  gateway = await FakeHttpGateway.start('swallowed');
  const begun = Date.now();
  const { client, reasons } = newClient();
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  assert.ok(Date.now() - begun < 5_000);
  assert.deepEqual(reasons, ['start']);
});

test('a stream that is held back leads to long polls within 5 s', async () => {
  gateway = await FakeHttpGateway.start();
  gateway.buffered = true;
  const begun = Date.now();
  const { client, texts } = newClient();
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  assert.ok(Date.now() - begun < 5_000);
  for (let id = 1; id <= 5; id++) {
    gateway.message(THREAD, id);
    await new Promise((resolve) => setTimeout(resolve, 7));
  }
  await until(() => texts().length === 5);
  assert.deepEqual(texts(), numbered(5));
});

for (const transport of ['sse', 'poll']) {
  test(`over ${transport} nothing is lost or twice over 20 cuts`, async () => {
    gateway = await FakeHttpGateway.start();
    const { client, texts } = newClient({ transports: [transport] });
    const resyncs = listen(client, 'resync');
    await client.connect();
    await client.subscribe({ threadId: THREAD });
    for (let id = 1; id <= 60; id++) {
      gateway.message(THREAD, id);
      if (id % 3 === 0) {
        gateway.cut();
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => texts().length >= 60);
    assert.deepEqual(texts(), numbered(60));
    assert.deepEqual(resyncs, []);
  });

  test(`over ${transport} a further subscription loses nothing of the others, and one that ends does not`, async () => {
    gateway = await FakeHttpGateway.start();
    const { client, texts } = newClient({ transports: [transport] });
    await client.connect();
    await client.subscribe({ threadId: THREAD });
    gateway.message(THREAD, 1);
    await client.subscribe({ threadId: OTHER });
    gateway.message(THREAD, 2);
    gateway.message(OTHER, 3);
    await until(() => texts().length === 3);
    await client.unsubscribe({ threadId: OTHER });
    gateway.message(OTHER, 4);
    gateway.message(THREAD, 5);
    await until(() => texts().includes('m5'));
    assert.deepEqual(texts().sort(), ['m1', 'm2', 'm3', 'm5']);
  });

  test(`over ${transport} what cannot be continued comes as resync with fresh state, once`, async () => {
    gateway = await FakeHttpGateway.start();
    const { client } = newClient({ transports: [transport] });
    const resyncs = listen(client, 'resync');
    await client.connect();
    await client.subscribe({ threadId: THREAD, limit: 2 });
    gateway.memory = 1;
    const streams = gateway.of('/streams').length;
    gateway.cut();
    gateway.server.once('request', () => [1, 2, 3].forEach((id) => gateway.message(THREAD, id)));
    await until(() => resyncs.length === 1);
    assert.deepEqual(resyncs[0].messages.map(({ id }) => id), ['3', '2']);
    gateway.message(THREAD, 4);
    await until(() => gateway.of('/streams').length > streams);
    assert.equal(client.state, 'live');
    assert.equal(resyncs.length, 1);
  });

  test(`over ${transport} a refused subscription is an error, and the others go on`, async () => {
    gateway = await FakeHttpGateway.start();
    const { client, texts } = newClient({ transports: [transport] });
    await client.connect();
    const [, refused] = await Promise.allSettled([
      client.subscribe({ threadId: THREAD }), client.subscribe({ threadId: 'refused' }),
    ]);
    assert.equal(refused.reason.code, 403);
    gateway.message(THREAD, 1);
    await until(() => texts().length === 1);
  });
}

test('an expiring token is replaced, and the stream goes on with the new one', async () => {
  gateway = await FakeHttpGateway.start();
  const { client, reasons, texts } = newClient();
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  gateway.notify('tokenExpiring', { expiresOn: '2026-12-01T00:00:00Z' });
  await until(() => gateway.of('/streams').at(-1).token === tokenOf('ada', 2));
  gateway.message(THREAD, 1);
  await until(() => texts().length === 1);
  assert.deepEqual(reasons, ['start', 'expiring']);
  assert.equal(gateway.of('/streams').at(-1).body.subscriptions[0].cursor, 'c0');
});

test('an announced drain is followed by another stream, from the cursors and without an event', async () => {
  gateway = await FakeHttpGateway.start();
  const { client, texts } = newClient({ transports: ['sse'] });
  const reconnects = listen(client, 'reconnect');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  gateway.message(THREAD, 1);
  gateway.notify('reconnect', { afterMs: 10, reason: 'drain' });
  await until(() => gateway.of('/streams').at(-1).body.subscriptions[0].cursor === 'c1');
  gateway.message(THREAD, 2);
  await until(() => texts().length >= 2);
  assert.deepEqual(texts(), numbered(2));
  assert.deepEqual(reconnects, []);
});

test('a refused token is replaced', async () => {
  gateway = await FakeHttpGateway.start();
  gateway.refusedTokens.add(tokenOf('ada', 1));
  const { client, reasons } = newClient();
  await client.connect();
  assert.deepEqual(reasons, ['start', 'refused']);
});

test('a message whose answer is lost is sent again with its id, as a retry', async () => {
  gateway = await FakeHttpGateway.start();
  let calls = 0;
  gateway.answers.sendMessage = () => {
    if (++calls === 1) {
      gateway.cut();
      return undefined;
    }
    return { id: '7' };
  };
  const { client } = newClient();
  await client.connect();
  const { id, clientMessageId } = await client.sendMessage({ threadId: THREAD, content: 'x' });
  assert.equal(id, '7');
  const sends = gateway.of('/rpc').map(({ body }) => body).filter(({ method }) => method === 'sendMessage');
  assert.deepEqual(sends.map(({ params }) => [params.clientMessageId, params.retry]), [
    [clientMessageId, undefined], [clientMessageId, true],
  ]);
});

test('requests of a thread are carried out in their order; others do not wait for them', async () => {
  gateway = await FakeHttpGateway.start();
  const done = [];
  gateway.answers.sendMessage = ({ content }) => {
    done.push(content);
    return { id: content };
  };
  const { client } = newClient();
  await client.connect();
  const sends = numbered(50).map((content) => client.sendMessage({ threadId: THREAD, content }));
  assert.deepEqual((await Promise.all(sends)).map(({ id }) => id), numbered(50));
  assert.deepEqual(done, numbered(50));
});

test('WebSocket is tried again, and takes over without a loss', async () => {
  gateway = await FakeHttpGateway.start();
  const { client, texts } = newClient({ retryWebSocketMs: 100 });
  const reconnects = listen(client, 'reconnect');
  await client.connect();
  await client.subscribe({ threadId: THREAD });
  const subscribed = [];
  gateway.swallow((socket, { id, method, params }) => {
    subscribed.push(...(method === 'subscribe' ? [params] : []));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'authenticate' ? { user: {} } : { ...params, recovered: 'complete' } }));
  });
  gateway.message(THREAD, 1);
  await until(() => subscribed.length === 1);
  assert.deepEqual(texts(), ['m1']);
  assert.deepEqual(subscribed, [{ threadId: THREAD, cursor: 'c1' }]);
  assert.deepEqual(reconnects, [{ afterMs: 0, reason: 'rebalance' }]);
  await until(() => gateway.openStreams === 0);
});

test('a gateway that is away is waited for, over any transport', async () => {
  gateway = await FakeHttpGateway.start();
  const { client } = newClient();
  await client.connect();
  const port = gateway.server.address().port;
  await gateway.stop();
  client.getProperties({ threadId: THREAD }).catch(() => {});
  await until(() => client.state === 'waiting');
  await new Promise((resolve) => setTimeout(resolve, 300));
  gateway.server.listen(port, '127.0.0.1');
  await until(() => client.state === 'live');
});

test('wrong transports are refused', async () => {
  gateway = await FakeHttpGateway.start();
  assert.throws(() => newClient({ transports: ['pigeon'] }), /transports: pigeon \(expected/);
  assert.throws(() => newClient({ transports: [] }), /transports: none/);
});

test('a subscription that is ended before its answer is withdrawn, and two for one thread are both answered', async () => {
  gateway = await FakeHttpGateway.start();
  const { client } = newClient({ transports: ['sse'] });
  await client.connect();
  const asked = client.subscribe({ threadId: THREAD });
  await client.unsubscribe({ threadId: THREAD });
  await assert.rejects(asked, (error) => error.data.code === 'Withdrawn');
  const [one, two] = await Promise.all([client.subscribe({ threadId: OTHER }), client.subscribe({ threadId: OTHER })]);
  assert.deepEqual([one.cursor, two.cursor], ['c0', 'c0']);
});

test('without a WebSocket constructor a stream is used', async () => {
  gateway = await FakeHttpGateway.start();
  const had = globalThis.WebSocket;
  globalThis.WebSocket = undefined;
  try {
    const { client } = newClient({ WebSocket: undefined });
    await client.connect();
    assert.deepEqual(gateway.of('/ws'), []);
  } finally {
    globalThis.WebSocket = had;
  }
});

test('events are read however the stream is cut into chunks', () => {
  const bytes = new TextEncoder().encode('retry: 1000\n\n:\n\nid: c1\nevent: a\ndata: {"x":"é: 1"}\n\nevent: b\ndata: {}\n\nevent: c\nda');
  for (let size = 1; size < 20; size++) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < bytes.length; at += size) {
      events.push(...parser.push(bytes.subarray(at, at + size)));
    }
    assert.deepEqual(events, [{ id: 'c1', event: 'a', data: '{"x":"é: 1"}' }, { event: 'b', data: '{}' }]);
  }
});
