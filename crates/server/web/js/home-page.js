/** The home page: create a conference, and see those that the access token's subscriber has. */
import { announce } from './announcer.js';
import * as api from './api.js';
import { clearForm, formFields, prepareForm, readForm } from './conference-form.js';
import { confirmed } from './confirm.js';
import { enableCopyButtons } from './copy.js';
import { groupedCode } from './details-view.js';
import { byId, create, setText, show } from './dom.js';
import { refuseField, showProblem } from './field.js';
import { adoptTokenFromAddress, rememberToken, rememberedToken } from './memory.js';
import { iconLink } from './snippet.js';
import { browserZone, setTimeText } from './time.js';
import { toast } from './toast.js';

const STATE_TEXTS = { active: 'In progress', resting: 'Ready', ended: 'Ended' };
const UNAUTHORIZED = 401;

function start() {
  adoptTokenFromAddress();
  window.addEventListener('hashchange', () => {
    adoptTokenFromAddress();
    showTokenState();
    refreshList();
  });
  prepareForm();
  enableCopyButtons();
  byId('create-form').addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  byId('change-token').addEventListener('click', () => forgetToken());
  byId('create-another').addEventListener('click', () => showForm());
  showTokenState();
  refreshList();
}

async function submit() {
  const token = rememberedToken() ?? byId('token').value.trim();
  const { conference, complaint } = readForm();
  show(byId('create-problem'), false);
  if (complaint) {
    showProblem(complaint, formFields(), byId('create-problem'));
    return;
  }
  if (!token) {
    refuseField(byId('token'), 'Type the access token that this server’s owner gave you.');
    return;
  }
  byId('create').disabled = true;
  try {
    const made = await api.createConference(token, conference);
    keepToken(token);
    showCreated(made);
    refreshList();
  } catch (problem) {
    onProblem(problem);
  } finally {
    byId('create').disabled = false;
  }
}

function onProblem(problem) {
  if (problem.status === UNAUTHORIZED) {
    forgetToken();
    refuseField(byId('token'), 'This access token is not valid here.');
    return;
  }
  showProblem(problem, formFields(), byId('create-problem'));
}

// The access token.

function keepToken(token) {
  rememberToken(token);
  showTokenState();
}

function forgetToken() {
  rememberToken(null);
  byId('token').value = '';
  showTokenState();
  show(byId('list'), false);
  byId('token').focus();
}

function showTokenState() {
  const known = rememberedToken() !== null;
  show(byId('token-field'), !known);
  show(byId('token-known'), known);
}

// What was created.

function showCreated({ title, url, dial_in: dialIn }) {
  setText(byId('created-title'), title || 'Your conference');
  byId('created-url').value = url;
  byId('created-open').href = url;
  byId('created-snippet').value = iconLink(url);
  const code = dialIn?.code;
  show(byId('created-dial-in-field'), Boolean(code));
  if (code) setText(byId('created-dial-in'), groupedCode(code));
  show(byId('create-form'), false);
  show(byId('created'), true);
  byId('created-title').focus();
  announce('The conference is ready. Its link can be copied.');
}

function showForm() {
  clearForm();
  show(byId('created'), false);
  show(byId('create-form'), true);
  byId('title').focus();
}

// The list.

function refreshList() {
  return listFrom(0);
}

/** Shows the page of the list that begins at `offset`: the first in place of all, others below. */
async function listFrom(offset) {
  const token = rememberedToken();
  if (!token) return;
  try {
    const { conferences, next_offset: next } = await api.listConferences(token, offset);
    if (offset === 0) byId('conferences').replaceChildren();
    byId('conferences').append(...conferences.map(conferenceItem));
    show(byId('list-empty'), offset === 0 && conferences.length === 0);
    show(byId('list-more'), next !== null);
    byId('list-more').onclick = () => listFrom(next);
    show(byId('list'), true);
  } catch (problem) {
    if (problem.status === UNAUTHORIZED) onProblem(problem);
    else toast(problem.message);
  }
}

function conferenceItem(conference) {
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
  const item = create('li', { dataset: { conference: key, state } }, words, badge);
  if (state !== 'ended') item.append(endButton(conference));
  return item;
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

function endButton({ key, title }) {
  const button = create('button', {
    className: 'button button-text button-danger',
    type: 'button',
    textContent: 'End',
    attributes: { 'aria-label': `End ${title || 'the conference'}` },
  });
  button.addEventListener('click', async () => {
    const sure = await confirmed({
      title: `End ${title || 'the conference'}?`,
      text: 'Everybody’s call is ended, and the link stops working for good.',
      yes: 'End it',
    });
    if (!sure) return;
    try {
      await api.endConference(rememberedToken(), key);
    } catch (problem) {
      toast(problem.message);
    }
    refreshList();
  });
  return button;
}

start();
