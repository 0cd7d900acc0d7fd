import assert from 'node:assert/strict';
import { test } from 'node:test';
import { meaningOf } from '../../crates/server/web/js/shortcuts.js';

/** Somewhere on the page: within an element of this kind. */
const within = (tag) => ({
  closest: (selectors) => selectors.split(', ').some((each) => each.startsWith(tag)) || null,
});
const nowhere = within('nothing');
const m = { key: 'm', code: 'KeyM', target: nowhere };
const space = { key: ' ', code: 'Space', target: nowhere };

test('M mutes and unmutes, in either case', () => {
  assert.equal(meaningOf(m), 'toggle');
  assert.equal(meaningOf({ ...m, key: 'M' }), 'toggle');
  assert.equal(meaningOf({ ...m, target: within('button') }), 'toggle', 'a button has no use for it');
  assert.equal(meaningOf({ ...m, repeat: true }), null);
});

test('the space bar talks, unless a control has the focus', () => {
  assert.equal(meaningOf(space), 'talk');
  for (const tag of ['button', 'a', 'summary', 'input', 'textarea', 'select']) {
    assert.equal(meaningOf({ ...space, target: within(tag) }), null, tag);
  }
});

test('nothing that is typed is a shortcut', () => {
  for (const tag of ['input', 'textarea', 'select']) {
    assert.equal(meaningOf({ ...m, target: within(tag) }), null, tag);
  }
});

test('keys with a modifier belong to the browser', () => {
  for (const modifier of ['ctrlKey', 'altKey', 'metaKey']) {
    assert.equal(meaningOf({ ...m, [modifier]: true }), null);
    assert.equal(meaningOf({ ...space, [modifier]: true }), null);
  }
  assert.equal(meaningOf({ key: 'x', code: 'KeyX', target: nowhere }), null);
});
