import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStream, retryDelayMs } from '../../crates/server/web/js/events.js';

const CONNECTING = 0;
const CLOSED = 2;

/** An EventSource in the test's hand. */
class FakeSource {
  readyState = CONNECTING;
  #listeners = {};

  addEventListener(type, listener) {
    this.#listeners[type] = listener;
  }

  close() {
    this.readyState = CLOSED;
  }

  emit(type, data) {
    this.#listeners[type]({ data: JSON.stringify(data) });
  }

  /** The connection dropped; the browser will reconnect by itself. */
  drop() {
    this.#listeners.error({});
  }

  /** The server answered with an error; the browser has given up. */
  refuse() {
    this.readyState = CLOSED;
    this.#listeners.error({});
  }
}

function follow() {
  const seen = { sources: [], timers: [], events: [], connections: [], refusals: 0 };
  const stream = new EventStream(
    '/events',
    {
      onEvent: (event) => seen.events.push(event),
      onConnection: (connection) => seen.connections.push(connection),
      onRefused: () => (seen.refusals += 1),
    },
    {
      connect: () => seen.sources[seen.sources.push(new FakeSource()) - 1],
      setTimer: (action, delay) => seen.timers.push({ action, delay }),
      clearTimer: () => {},
    },
  );
  stream.open();
  return { stream, seen, source: () => seen.sources.at(-1) };
}

test('events come with their type and data, and a snapshot means live', () => {
  const { seen, source } = follow();
  source().emit('snapshot', { title: 'Board' });
  source().emit('speaking', { id: 'p1', speaking: true });
  assert.deepEqual(seen.events, [
    { type: 'snapshot', data: { title: 'Board' } },
    { type: 'speaking', data: { id: 'p1', speaking: true } },
  ]);
  assert.deepEqual(seen.connections, ['live']);
});

test('a dropped connection is shown once, and is live again with the next snapshot', () => {
  const { seen, source } = follow();
  source().emit('snapshot', {});
  source().drop();
  source().drop();
  source().emit('snapshot', {});
  assert.deepEqual(seen.connections, ['live', 'reconnecting', 'live']);
  assert.equal(seen.sources.length, 1, 'the browser reconnects, not we');
});

test('a refused stream is tried again, less and less often, and for ever', () => {
  const { seen, source } = follow();
  for (let attempt = 0; attempt < 6; attempt += 1) {
    source().refuse();
    seen.timers.at(-1).action();
  }
  assert.equal(seen.sources.length, 7);
  assert.equal(seen.refusals, 6);
  assert.deepEqual(
    seen.timers.map(({ delay }) => delay),
    [1_000, 2_000, 4_000, 8_000, 15_000, 15_000],
  );
  assert.equal(retryDelayMs(10_000), 15_000);
});

test('after a success the next refusal is retried soon', () => {
  const { seen, source } = follow();
  source().refuse();
  seen.timers.at(-1).action();
  source().emit('snapshot', {});
  source().refuse();
  assert.equal(seen.timers.at(-1).delay, retryDelayMs(0));
});

test('what an old connection still says about its end is ignored', () => {
  const { stream, seen } = follow();
  const [old] = seen.sources;
  stream.open();
  old.refuse();
  assert.equal(seen.timers.length, 0);
  assert.deepEqual(seen.connections, []);
});

test('a closed stream stays closed', () => {
  const { stream, seen, source } = follow();
  const last = source();
  stream.close();
  last.refuse();
  assert.equal(last.readyState, CLOSED);
  assert.equal(seen.timers.length, 0);
});
