import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThreadMessages } from '../../main/resources/web/client.js';

const state = (id, version = id, text = '') => ({ id: String(id), version: String(version), text });
const ids = (messages) => messages.ordered.map(({ id }) => Number(id));

test('messages are inserted by id, whatever the order in which they come', () => {
  const messages = new ThreadMessages();
  for (const id of [7, 9, 8, 3]) {
    assert.equal(messages.take(state(id)), true);
  }
  assert.deepEqual(ids(messages), [3, 7, 8, 9]);
});

test('an edited or deleted old message replaces in place', () => {
  const messages = new ThreadMessages();
  messages.reset([state(9), state(8), state(7)], true);
  assert.equal(messages.take(state(8, 20, 'edited')), true);
  assert.deepEqual(ids(messages), [7, 8, 9]);
  assert.equal(messages.get('8').text, 'edited');
});

test('the highest version is kept', () => {
  const messages = new ThreadMessages();
  messages.reset([state(9), state(8, 20, 'newest')], true);
  assert.equal(messages.take(state(8, 15, 'late')), false);
  messages.takePage([state(8, 12, 'older page')], false);
  assert.equal(messages.get('8').text, 'newest');
  assert.equal(messages.take(state(8, 20, 'again')), false);
});

test('versions are compared as numbers', () => {
  const messages = new ThreadMessages();
  messages.take(state(8, 99));
  assert.equal(messages.take(state(8, 100)), true);
  messages.take(state(10));
  assert.deepEqual(ids(messages), [8, 10]);
});

test('an old message that changed lately waits until the pages reach it', () => {
  const messages = new ThreadMessages();
  messages.reset([state(19), state(18), state(17)], false);
  messages.takePage([state(4, 30, 'deleted'), state(19), state(18), state(17), state(16)], false);
  assert.deepEqual(ids(messages), [16, 17, 18, 19]);
  assert.equal(messages.take(state(3, 31, 'edited')), true);
  assert.deepEqual(ids(messages), [16, 17, 18, 19]);
  messages.takePage([state(15), state(5)], false);
  assert.deepEqual(ids(messages), [5, 15, 16, 17, 18, 19]);
  messages.takePage([state(2)], true);
  assert.deepEqual(ids(messages), [2, 3, 4, 5, 15, 16, 17, 18, 19]);
  assert.equal(messages.get('4').text, 'deleted');
  assert.equal(messages.get('3').text, 'edited');
});

test('an empty page changes nothing, and the last page shows all', () => {
  const messages = new ThreadMessages();
  messages.reset([state(19)], false);
  messages.take(state(2, 40));
  messages.takePage([], false);
  assert.deepEqual(ids(messages), [19]);
  messages.takePage([], true);
  assert.deepEqual(ids(messages), [2, 19]);
});

test('fresh state replaces what was held', () => {
  const messages = new ThreadMessages();
  messages.reset([state(9), state(8)], false);
  messages.reset([state(20), state(19)], false);
  assert.deepEqual(ids(messages), [19, 20]);
  assert.equal(messages.get('8'), undefined);
});

test('live messages of a thread without a first page are listed', () => {
  const messages = new ThreadMessages();
  messages.take(state(9));
  messages.take(state(8, 12));
  assert.deepEqual(ids(messages), [8, 9]);
});
