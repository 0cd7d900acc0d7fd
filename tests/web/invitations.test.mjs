import assert from 'node:assert/strict';
import { beforeEach } from 'node:test';
import { guestsOf } from '../../crates/server/web/js/invitations.js';
import { assertAccessible } from './support/accessibility.mjs';
import { TOKEN } from './support/mock.mjs';
import { DESK, openPages, page, server, test } from './support/pages.mjs';

openPages({ screen: DESK, provoked: /status of 422/ });

let conference;

beforeEach(() => {
  conference = server.createConference({ title: 'Board call' });
});

async function open() {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.visible('#conferences li');
  await page.click('[data-action="invite"]');
  await page.visible('#invite');
}

test('guests are read from whatever people paste', () => {
  assert.deepEqual(guestsOf(' anna@example.com, Ben B. <ben@example.com>;\n\n"C" <c@example.com>\n'), [
    { address: 'anna@example.com' },
    { address: 'ben@example.com', name: 'Ben B.' },
    { address: 'c@example.com', name: 'C' },
  ]);
  assert.deepEqual(guestsOf('a@example.com\nA@example.com'), [{ address: 'A@example.com' }], 'once');
  assert.deepEqual(guestsOf('nonsense'), [{ address: 'nonsense' }], 'the server says what is wrong');
  assert.deepEqual(guestsOf(' \n,'), []);
});

test('guests are invited by mail and each letter tells how it fares', async () => {
  await open();
  await assertAccessible(page);
  await page.click('#invite-send');
  await page.visible('#invite-to-error');
  await page.fill('#invite-to', 'Anna <anna@example.com>, ben@example.com');
  await page.click('#invite-send');
  await page.visible('#invited [data-address="ben@example.com"] [data-state="waiting"]');
  assert.equal(conference.invitees.get('anna@example.com').name, 'Anna');
  assert.equal(await page.evaluate(() => document.querySelector('#invite-to').value), '');
  conference.invitees.get('ben@example.com').letter = { state: 'refused', reason: '550 nobody' };
  conference.invitees.get('anna@example.com').letter.state = 'sent';
  await page.click('#invite-close');
  await page.click('[data-action="invite"]');
  await page.visible('#invited [data-state="refused"]');
  assert.equal(await page.text('#invited [data-state="refused"]'), 'Refused: 550 nobody');
  assert.equal(await page.text('#invited [data-state="sent"]'), 'Sent');
  await page.resize(320, 640);
  await assertAccessible(page);
  await page.click('[data-address="ben@example.com"] [data-action="withdraw"]');
  await page.evaluate(async () => {
    while (document.querySelector('[data-address="ben@example.com"]')) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
  assert.deepEqual([...conference.invitees.keys()], ['anna@example.com']);
});

test('what is no address is told at the field, and a server without mail says so', async () => {
  conference.sendsMail = false;
  await open();
  await page.visible('#invite-no-mail');
  await page.fill('#invite-to', 'nonsense');
  await page.click('#invite-send');
  await page.visible('#invite-to-error');
  assert.equal(await page.text('#invite-to-error'), 'nonsense is not a mail address.');
  assert.equal(conference.invitees.size, 0);
});
