import assert from 'node:assert/strict';
import { assertAccessible } from './support/accessibility.mjs';
import { TOKEN } from './support/mock.mjs';
import { DESK, openPages, page, server, test, value } from './support/pages.mjs';

openPages({ screen: DESK, provoked: /status of (401|422)/ });

test('a conference is created and its link, code and icon link are shown', async () => {
  await page.goto(server.url);
  await assertAccessible(page);
  await page.fill('#title', 'Board call');
  await page.fill('#token', TOKEN);
  await page.press('Enter');
  await page.visible('#created');
  const [conference] = server.conferences.values();
  assert.equal(await value('#created-url'), conference.url);
  assert.equal(await page.text('#created-title'), 'Board call');
  assert.match(await page.text('#created-dial-in'), /^\d{3} \d{3}$/);
  assert.ok((await value('#created-snippet')).startsWith(`<a href="${conference.url}">`));
  assert.match(await value('#created-snippet'), /\/badge\.svg" width="240"/);
  const badge = () => page.evaluate(() => document.querySelector('#created-badge').getAttribute('src'));
  assert.equal(await badge(), `${new URL(conference.url).pathname}/badge.svg`);
  for (const theme of ['dark', 'light']) {
    await page.evaluate((chosen) => {
      const select = document.querySelector('#created-theme');
      select.value = chosen;
      select.dispatchEvent(new Event('change'));
    }, theme);
    assert.match(await value('#created-snippet'), new RegExp(`badge\\.svg\\?theme=${theme}"`));
    assert.ok((await badge()).endsWith(`?theme=${theme}`));
  }
  assert.equal(await page.evaluate(() => document.activeElement.id), 'created-title');
  await page.visible('#conferences li');
  await assertAccessible(page);
  await page.click('#created-open');
  await page.visible('#call-form');
});

test('a set time is in the zone that was picked', async () => {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Early call');
  await page.click('#scheduled');
  assert.equal(await value('#time-zone'), 'Europe/Paris', 'the visitor’s zone is the default');
  assert.match(await value('#starts-at'), /^\d{4}-\d\d-\d\dT\d\d:00$/);
  await page.evaluate(() => {
    document.querySelector('#starts-at').value = '2031-07-01T09:30';
    document.querySelector('#time-zone').value = 'America/New_York';
  });
  await page.resize(320, 640);
  await assertAccessible(page);
  await page.click('#create');
  await page.visible('#created');
  const [conference] = server.conferences.values();
  assert.equal(conference.view().starts_at, '2031-07-01T13:30:00.000Z');
  assert.equal(conference.view().time_zone, 'America/New_York');
});

test('a set time lasts and repeats as chosen, and stays when something else is changed', async () => {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Weekly');
  await page.click('#scheduled');
  await page.evaluate(() => {
    document.querySelector('#starts-at').value = '2031-07-01T09:30';
    document.querySelector('#duration').value = '45';
    document.querySelector('#repeats').value = 'FREQ=WEEKLY';
    document.querySelector('#remind').value = '60';
  });
  await page.click('#create');
  await page.visible('#created');
  const [conference] = server.conferences.values();
  const { duration_min: minutes, repetition, remind_min: remind } = conference.settings;
  assert.deepEqual([minutes, repetition, remind], [45, 'FREQ=WEEKLY', 60]);

  await page.click('[data-action="change"]');
  assert.equal(await value('#duration'), '45');
  assert.equal(await value('#repeats'), 'FREQ=WEEKLY');
  assert.equal(await value('#remind'), '60');
  await page.fill('#title', 'Each week');
  await page.click('#create');
  await page.until(() => document.querySelector('#conferences h3')?.textContent === 'Each week');
  assert.equal(conference.settings.repetition, 'FREQ=WEEKLY');
  assert.equal(conference.view().starts_at, '2031-07-01T07:30:00.000Z');

  await page.click('[data-action="change"]');
  await page.evaluate(() => {
    document.querySelector('#starts-at').value = '2031-07-02T09:30';
  });
  await page.click('#create');
  await page.until(() => document.querySelector('#create-heading').textContent === 'New conference');
  assert.equal(conference.settings.repetition, 'FREQ=WEEKLY', 'and what belongs to it stays, too');
  assert.equal(conference.settings.remind_min, 60);

  const rule = 'FREQ=MONTHLY;BYDAY=1MO';
  conference.revise({ ...conference.settings, repetition: rule, remind_min: 25 });
  await page.reload();
  await page.click('[data-action="change"]');
  assert.equal(await value('#repeats'), rule, 'chosen elsewhere, and not on offer here');
  assert.equal(await value('#remind'), '25');
  await page.evaluate(() => {
    document.querySelector('#repeats').value = 'FREQ=DAILY';
  });
  await page.click('#create');
  await page.until(() => document.querySelector('#create-heading').textContent === 'New conference');
  const { repetition: chosen, remind_min: kept } = conference.settings;
  assert.deepEqual([chosen, kept], ['FREQ=DAILY', 25]);

  await page.click('[data-action="change"]');
  await page.click('#scheduled');
  await page.click('#create');
  await page.until(() => document.querySelector('#create-heading').textContent === 'New conference');
  assert.equal(conference.view().starts_at, null);
});

test('what the form doesn’t show of a set time outlives a change of it', async () => {
  const hidden = { except: ['2031-07-08', '2031-07-15'], ends_after_min: 20 };
  const conference = server.createConference({
    title: 'Weekly',
    starts_at: '2031-07-01T07:30:00.000Z',
    time_zone: 'Europe/Paris',
    repetition: 'FREQ=WEEKLY',
    ...hidden,
  });
  const kept = () => {
    const { except, ends_after_min } = conference.settings;
    return { except, ends_after_min };
  };
  const save = async () => {
    await page.click('#create');
    await page.until(() => document.querySelector('#create-heading').textContent === 'New conference');
  };
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.click('[data-action="change"]');
  assert.equal(await value('#closes'), '20', 'not on offer, and still shown');
  await page.evaluate(() => {
    document.querySelector('#duration').value = '45';
  });
  await save();
  assert.deepEqual(kept(), hidden);
  assert.equal(conference.settings.duration_min, 45);

  await page.click('[data-action="change"]');
  await page.evaluate(() => {
    document.querySelector('#starts-at').value = '2031-07-01T10:00';
    document.querySelector('#time-zone').value = 'Europe/London';
  });
  await save();
  assert.deepEqual(kept(), hidden);
  assert.equal(conference.view().starts_at, '2031-07-01T09:00:00.000Z');
  assert.equal(conference.settings.duration_min, 45);

  await page.click('[data-action="change"]');
  await page.evaluate(() => {
    document.querySelector('#closes').value = '0';
  });
  await save();
  assert.deepEqual(kept(), { ...hidden, ends_after_min: 0 });

  await page.click('[data-action="change"]');
  await page.evaluate(() => {
    document.querySelector('#closes').value = '';
  });
  await save();
  assert.deepEqual(kept(), { ...hidden, ends_after_min: undefined });
});

test('a token in the address is taken out of it and kept for the tab', async () => {
  server.createConference({ title: 'Mine' });
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.visible('#conferences li');
  assert.equal(await page.evaluate(() => location.hash), '');
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.visible('#token-known');
  await page.reload();
  await page.visible('#conferences li');
  await page.click('#change-token');
  await page.visible('#token');
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

test('what the server refuses is told at its field', async () => {
  await page.goto(server.url);
  await page.fill('#title', 'Board call');
  await page.fill('#token', 'wrong');
  await page.click('#create');
  await page.visible('#token-error');
  await page.fill('#token', TOKEN);
  await page.fill('#title', '');
  await page.click('#create');
  await page.visible('#title-error');
  assert.equal(await page.text('#title-error'), 'Give it a title.');
  assert.equal(
    await page.evaluate(() => document.querySelector('#title').getAttribute('aria-invalid')),
    'true',
  );
});

test('the list tells how each conference is, and ends one when asked to', async () => {
  server.createConference({ title: 'Resting' });
  server.createConference({ title: 'Busy' }).join('Ana');
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.visible('[data-conference][data-state="active"]');
  await page.click('[data-state="active"] .button-danger');
  await page.click('#confirm-yes');
  await page.visible('[data-conference][data-state="ended"]');
  await page.visible('[data-conference][data-state="resting"]');
});

test('the link is copied by its button', async () => {
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.fill('#title', 'Board call');
  await page.click('#create');
  await page.click('#copy-url');
  await page.until(() => document.querySelector('#copy-url').innerText.includes('Copied'));
});

test('a long list is shown page by page', async () => {
  for (let i = 1; i <= 7; i += 1) server.createConference({ title: `Number ${i}` });
  await page.goto(`${server.url}/#token=${TOKEN}`);
  await page.click('#list-more');
  await page.until(() => document.querySelectorAll('#conferences li').length === 7);
  await page.until(() => document.querySelector('#list-more').hidden);
});

test('who is signed in needs no token, and has a list to work on', async () => {
  server.account = { id: 7, name: 'Anna', mail: 'anna@example.com' };
  server.createConference({ title: 'Planning' });
  await page.goto(server.url);
  await page.visible('#account');
  assert.equal(await page.text('#account-name'), 'Anna');
  await page.visible('#conferences li');
  assert.equal(await page.evaluate(() => document.querySelector('#token-field').hidden), true);
  await page.resize(320, 640);
  await assertAccessible(page);
  await page.fill('#title', 'Board call');
  await page.click('#create');
  await page.visible('#created');
  assert.equal(server.conferences.size, 2);
});

test('a conference is renamed, set to a time, and given a new link', async () => {
  server.account = { id: 7, name: 'Anna', mail: 'anna@example.com' };
  const before = server.createConference({ title: 'Planning' });
  await page.goto(server.url);
  await page.click('[data-action="change"]');
  assert.equal(await value('#title'), 'Planning');
  await page.fill('#title', 'Review');
  await page.click('#scheduled');
  await page.evaluate(() => {
    document.querySelector('#starts-at').value = '2031-07-01T09:30';
  });
  await page.click('#create');
  await page.until(() => document.querySelector('#conferences h3')?.textContent === 'Review');
  assert.equal(before.view().starts_at, '2031-07-01T07:30:00.000Z');
  assert.equal(await page.text('#create-heading'), 'New conference');

  await page.click('[data-action="change"]');
  assert.equal(await value('#starts-at'), '2031-07-01T09:30');
  await page.click('#change-none');
  await page.click('[data-action="rotate"]');
  await page.click('#confirm-yes');
  await page.until((key) => {
    const item = document.querySelector('#conferences li');
    return item && item.dataset.conference !== key;
  }, before.key);
});

test('signing out leaves the form that asks for a token', async () => {
  server.account = { id: 7, name: 'Anna', mail: 'anna@example.com' };
  await page.goto(server.url);
  await page.click('#sign-out-everywhere');
  await page.visible('#sign-in');
  await page.visible('#token');
  assert.ok(server.requests.includes('DELETE /api/v1/sessions'));
});

test('the pages that sign in work without script and for everybody', async () => {
  await page.resize(320, 640);
  for (const place of ['sign-in', 'sign-in#sent', 'sign-in#expired', 'sign-in/link']) {
    await page.goto('about:blank');
    await page.goto(`${server.url}/${place}`);
    await page.visible('form');
    await assertAccessible(page);
    assert.equal(await page.evaluate(() => document.scripts.length), 0);
  }
  await page.goto('about:blank');
  await page.goto(`${server.url}/sign-in#sent`);
  await page.visible('#sent');
});
