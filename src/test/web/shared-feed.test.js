import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { ChatGatewayClient } from '../../main/resources/web/client.js';
import { union } from '../../main/resources/web/client/leader.js';
import { hash, wants } from '../../main/resources/web/client/shared-feed.js';
import { until } from './fake-gateway.js';
import { FakeHttpGateway, tokenOf } from './fake-http-gateway.js';

const THREAD = '19:abc@thread.v2';
const OTHER = '19:def@thread.v2';

/** What the client uses of navigator.locks. */
class Locks {
  #queues = new Map(); // name -> [{granted, steal}], the first has the lock

  async request(name, { signal, steal }, action) {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    const place = {};
    const turn = new Promise((resolve, reject) => {
      Object.assign(place, { resolve, reject });
      signal?.addEventListener('abort', () => reject(new Error('aborted')));
    });
    if (steal) {
      queue.shift()?.stolen(new Error('stolen'));
      queue.unshift(place);
    } else {
      queue.push(place);
    }
    queue[0].resolve();
    try {
      await turn;
      const stolen = new Promise((_, reject) => {
        place.stolen = reject;
      });
      await Promise.race([action(), stolen]);
    } finally {
      if (queue.includes(place)) {
        queue.splice(queue.indexOf(place), 1);
      }
      queue[0]?.resolve();
    }
  }
}

let gateway;
let clients;

beforeEach(async () => {
  globalThis.document = {};
  Object.defineProperty(globalThis, 'navigator', { value: { locks: new Locks() }, configurable: true, writable: true });
  gateway = await FakeHttpGateway.start();
  clients = [];
});

afterEach(async () => {
  clients.forEach(({ client }) => client.close());
  await gateway.stop();
  delete globalThis.document;
});

/** A tab that watches the thread. */
async function newTab({ user = 'ada', threadId = THREAD, params = {}, transports = ['sse'] } = {}) {
  const client = new ChatGatewayClient({
    url: gateway.url, transports, getToken: () => tokenOf(user), backoffMs: 20, maxBackoffMs: 100,
  });
  const texts = [];
  const resyncs = [];
  client.on('chatMessageReceived', ({ message }) => texts.push(message));
  client.on('resync', (event) => resyncs.push(event));
  const typing = [];
  client.on('typingIndicatorReceived', (event) => typing.push(event));
  const tab = { client, texts, typing, resyncs };
  clients.push(tab);
  await client.connect();
  tab.result = await client.subscribe({ threadId, ...params });
  return tab;
}

const all = (count) => Array.from({ length: count }, (_, at) => `m${at + 1}`);
const publish = (from, to) => {
  for (let id = from; id <= to; id++) {
    gateway.message(THREAD, id);
  }
};

test('eight tabs have one stream, and each receives everything once', async () => {
  const tabs = [];
  for (let i = 0; i < 8; i++) {
    tabs.push(await newTab());
  }
  assert.equal(gateway.openStreams, 1);
  publish(1, 10);
  for (const { texts } of tabs) {
    await until(() => texts.length >= 10);
    assert.deepEqual(texts, all(10));
  }
});

test('another tab leads when the leader has closed, and goes on from its position', async () => {
  const [first, second, third] = [await newTab(), await newTab(), await newTab()];
  publish(1, 2);
  await until(() => third.texts.length === 2);
  first.client.close();
  publish(3, 4);
  await until(() => gateway.openStreams === 1);
  publish(5, 6);
  for (const { texts, resyncs } of [second, third]) {
    await until(() => texts.length >= 6);
    assert.deepEqual(texts, all(6));
    assert.deepEqual(resyncs, []);
  }
});

test('a tab that comes later gets the present state, and what follows', async () => {
  const first = await newTab({ params: { limit: 2 } });
  publish(1, 3);
  await until(() => first.texts.length === 3);
  const second = await newTab({ params: { limit: 5 } });
  assert.deepEqual(second.result.messages.map(({ id }) => id), ['3', '2', '1']);
  publish(4, 5);
  await until(() => second.texts.length >= 2);
  assert.deepEqual(second.texts, ['m4', 'm5']);
  assert.deepEqual(first.texts, all(5));
  assert.equal(gateway.openStreams, 1);
});

test('tabs that join while messages come lose none', async () => {
  let id = 0;
  const sender = setInterval(() => gateway.message(THREAD, ++id), 3);
  const tabs = [];
  try {
    for (let i = 0; i < 6; i++) {
      tabs.push(await newTab({ params: { limit: 1000 } }));
    }
  } finally {
    clearInterval(sender);
  }
  const last = id;
  for (const { texts, result } of tabs) {
    await until(() => texts.at(-1) === `m${last}` || result.messages[0]?.message === `m${last}`);
    const had = result.messages.map(({ message }) => message);
    assert.deepEqual([...had].reverse().concat(texts), all(last));
  }
});

test('nothing is lost or twice over cuts, whoever leads', async () => {
  const tabs = [await newTab(), await newTab(), await newTab(), await newTab()];
  let id = 0;
  for (let cut = 0; cut < 10; cut++) {
    publish(id + 1, id + 2);
    id += 2;
    gateway.cut();
    if (cut === 4) {
      tabs.shift().client.close();
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  for (const { texts, resyncs } of tabs) {
    await until(() => texts.length >= id);
    assert.deepEqual(texts, all(id));
    assert.deepEqual(resyncs, []);
  }
});

test('each tab gets the groups of events that it asked for', async () => {
  const narrow = await newTab({ params: { events: ['typing'] } });
  const wide = await newTab({ params: { events: ['messages'] } });
  await until(() => gateway.openStreams === 1
    && gateway.of('/streams').some(({ body }) => body.subscriptions[0].events.length === 2));
  publish(1, 1);
  gateway.publish(THREAD, 'typingIndicatorReceived', { sender: {} });
  await until(() => wide.texts.length === 1 && narrow.typing.length === 1);
  assert.deepEqual([narrow.texts, wide.typing], [[], []]);
});

test('tabs of different users do not mix', async () => {
  const [ada, bob] = [await newTab(), await newTab({ user: 'bob', threadId: OTHER })];
  assert.equal(gateway.openStreams, 2);
  publish(1, 1);
  gateway.message(OTHER, 2);
  await until(() => ada.texts.length === 1 && bob.texts.length === 1);
  assert.deepEqual([ada.texts, bob.texts], [['m1'], ['m2']]);
});

test('what cannot be continued comes as resync to each tab, as far as it asked for messages', async () => {
  const tabs = [await newTab({ params: { limit: 2 } }), await newTab({ params: { limit: 1 } })];
  gateway.memory = 0;
  gateway.cut();
  gateway.server.once('request', () => publish(1, 3));
  for (const { resyncs } of tabs) {
    await until(() => resyncs.length === 1);
  }
  assert.deepEqual(tabs.map(({ resyncs }) => resyncs[0].messages.map(({ id }) => id)), [['3', '2'], ['3']]);
});

test('the stream stays as long as one tab wants the thread', async () => {
  const [first, second] = [await newTab(), await newTab()];
  await first.client.unsubscribe({ threadId: THREAD });
  publish(1, 1);
  await until(() => second.texts.length === 1);
  assert.deepEqual(first.texts, []);
  await second.client.unsubscribe({ threadId: THREAD });
  await until(() => gateway.openStreams === 0);
});

test('a leader that does not answer is replaced', async () => {
  const base = gateway.url.replace('ws:', 'http:').replace(/\/ws$/, '');
  navigator.locks.request(`chatgateway ${hash(`8:acs:ada ${base}`)}`, {}, () => new Promise(() => {})).catch(() => {});
  const begun = Date.now();
  const tabs = [await newTab(), await newTab()];
  assert.ok(Date.now() - begun < 6_000);
  publish(1, 2);
  for (const { texts } of tabs) {
    await until(() => texts.length >= 2);
    assert.deepEqual(texts, all(2));
  }
  assert.equal(gateway.openStreams, 1);
});

test('without locks each tab polls with short waits', async () => {
  navigator.locks = undefined;
  const tabs = [await newTab(), await newTab()];
  publish(1, 2);
  for (const { texts } of tabs) {
    await until(() => texts.length >= 2);
    assert.deepEqual(texts, all(2));
  }
  assert.ok(gateway.of('/streams').every(({ body }) => body.waitMs <= 1000));
});

test('params of all tabs are put together', () => {
  assert.deepEqual(union([{ threadId: 't', events: ['edits'], limit: 3 }, { threadId: 't', events: ['typing'], limit: 7 }]), {
    threadId: 't', events: ['edits', 'typing'], limit: 7,
  });
  assert.deepEqual(union([{ threadId: 't', events: ['edits'] }, { threadId: 't', include: ['receipts'] }]), {
    threadId: 't', include: ['receipts'],
  });
  assert.notEqual(hash('8:acs:ada'), hash('8:acs:adb'));
});

test('a tab gets what it asked for of the events of all tabs', () => {
  assert.ok(wants({}, 'typingIndicatorReceived'));
  assert.ok(!wants({}, 'typingIndicatorStopped'));
  assert.ok(wants({ include: ['typing'] }, 'typingIndicatorStopped'));
  assert.ok(!wants({ events: ['messages'], include: ['typing'] }, 'typingIndicatorStopped'));
  assert.ok(!wants({ events: ['messages'] }, 'readReceiptReceived'));
  assert.ok(wants({ events: ['messages'] }, 'resync'));
});
