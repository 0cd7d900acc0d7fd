/** The list of a subscriber's conferences, each with what can be done about it. */
import { confirmed } from './confirm.js';
import { copyButton } from './copy.js';
import { groupedCode } from './details-view.js';
import { byId, create, show } from './dom.js';
import { browserZone, setTimeText } from './time.js';

const STATE_TEXTS = { active: 'In progress', resting: 'Ready', ended: 'Ended' };

/**
 * Shows conferences below those that are there, or in their place. `act` has `invite`, `change`, `rotate` and
 * `end`, each given the conference, and `more`, given the offset of the next page.
 */
export function showConferences({ conferences, next_offset: next }, { isFirst, act }) {
  if (isFirst) byId('conferences').replaceChildren();
  byId('conferences').append(...conferences.map((conference) => item(conference, act)));
  show(byId('list-empty'), isFirst && conferences.length === 0);
  show(byId('list-more'), next !== null);
  byId('list-more').onclick = () => act.more(next);
  show(byId('list'), true);
}

function item(conference, act) {
  const { key, title, state, url } = conference;
  const link = create('a', { href: url, textContent: title || 'Conference' });
  const words = create(
    'div',
    { className: 'conference-words' },
    create('h3', {}, link),
    create('p', { textContent: describeTime(conference) }),
  );
  const badge = create('span', {
    className: 'fact',
    textContent: STATE_TEXTS[state] ?? state,
    dataset: { state },
  });
  const made = create('li', { dataset: { conference: key, state } }, words, badge);
  if (state !== 'ended') made.append(actions(conference, act));
  return made;
}

function actions(conference, act) {
  const { title, url, host_url: hostUrl } = conference;
  const name = title || 'the conference';
  const hosts = { words: 'Host link', action: 'copy-host' };
  return create(
    'div',
    { className: 'conference-actions' },
    copyButton(url, `Copy the link of ${name}`),
    copyButton(hostUrl, `Copy the host’s own link of ${name}`, hosts),
    actionButton('invite', 'Invite', `Invite to ${name} by mail`, () => act.invite(conference)),
    actionButton('change', 'Change', `Change ${name}`, () => act.change(conference)),
    actionButton('rotate', 'New link', `Give ${name} a new link`, async () => {
      const sure = await confirmed({
        title: `A new link for ${name}?`,
        text: 'The link it has now stops working for good, and whoever is there by it is disconnected.',
        yes: 'Make a new link',
      });
      if (sure) act.rotate(conference);
    }),
    actionButton('end', 'End', `End ${name}`, async () => {
      const sure = await confirmed({
        title: `End ${name}?`,
        text: 'Everybody’s call is ended, and the link stops working for good.',
        yes: 'End it',
      });
      if (sure) act.end(conference);
    }),
  );
}

function actionButton(action, text, label, onClick) {
  const danger = action === 'end' ? ' button-danger' : '';
  const button = create('button', {
    className: `button button-text${danger}`,
    type: 'button',
    textContent: text,
    dataset: { action },
    attributes: { 'aria-label': label },
  });
  button.addEventListener('click', onClick);
  return button;
}

function describeTime({ starts_at: startsAt, time_zone: zone, dial_in: dialIn }) {
  const code = dialIn?.code ? `Code ${groupedCode(dialIn.code)}` : '';
  if (!startsAt) return code;
  const visitorZone = browserZone();
  const moment = Date.parse(startsAt);
  const { own } = setTimeText({
    startsAt: moment,
    zone: zone ?? visitorZone,
    visitorZone,
    now: Date.now(),
  });
  return [own, code].filter(Boolean).join(' · ');
}
