/** The home page: create a conference, and see those that the access token's subscriber has. */
import { loadAccount } from './account.js';
import { announce } from './announcer.js';
import * as api from './api.js';
import { clearForm, fillForm, formFields, prepareForm, readForm } from './conference-form.js';
import { showConferences } from './conference-list.js';
import { enableCopyButtons } from './copy.js';
import { groupedCode } from './details-view.js';
import { byId, setText, show } from './dom.js';
import { refuseField, showProblem } from './field.js';
import { prepareInvitations, showInvitations } from './invitations.js';
import { adoptTokenFromAddress, rememberToken, rememberedToken } from './memory.js';
import { here } from './sharing.js';
import { badgeAddress, badgeLink } from './snippet.js';
import { toast } from './toast.js';

const UNAUTHORIZED = 401;

/** Who is signed in; null without. */
let account = null;
/** The conference that the form changes; null while it creates one. */
let changed = null;

async function start() {
  adoptTokenFromAddress();
  window.addEventListener('hashchange', () => {
    adoptTokenFromAddress();
    showTokenState();
    refreshList();
  });
  prepareForm();
  enableCopyButtons();
  prepareInvitations();
  byId('create-form').addEventListener('submit', (event) => {
    event.preventDefault();
    submit();
  });
  byId('change-token').addEventListener('click', () => forgetToken());
  byId('create-another').addEventListener('click', () => showForm());
  byId('change-none').addEventListener('click', () => endChange());
  showTokenState();
  account = await loadAccount();
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
  if (!token && !account) {
    refuseField(byId('token'), 'Type the access token that this server’s owner gave you.');
    return;
  }
  byId('create').disabled = true;
  try {
    await (changed ? saveChange(token, conference) : createNew(token, conference));
    if (token) keepToken(token);
    refreshList();
  } catch (problem) {
    onProblem(problem);
  } finally {
    byId('create').disabled = false;
  }
}

async function createNew(token, conference) {
  showCreated(await api.createConference(token, conference));
}

async function saveChange(token, conference) {
  await api.changeConference(token, changed.key, conference);
  announce('The conference was changed.');
  endChange();
}

function onProblem(problem) {
  if (problem.status === UNAUTHORIZED && !account) {
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
  show(byId('token-field'), !known && !account);
  show(byId('token-known'), known);
}

// What was created.

function showCreated({ title, url, host_url: hostUrl, dial_in: dialIn }) {
  setText(byId('created-title'), title || 'Your conference');
  byId('created-url').value = url;
  byId('created-host-url').value = hostUrl;
  byId('created-open').href = hostUrl;
  byId('created-theme').value = '';
  byId('created-theme').onchange = () => showBadge(url, title);
  showBadge(url, title);
  const code = dialIn?.code;
  show(byId('created-dial-in-field'), Boolean(code));
  if (code) setText(byId('created-dial-in'), groupedCode(code));
  show(byId('create-form'), false);
  show(byId('created'), true);
  byId('created-title').focus();
  announce('The conference is ready. Its link can be copied.');
}

/** Shows the badge as it is now, in the chosen colours, and the HTML for it. */
function showBadge(url, title) {
  const theme = byId('created-theme').value;
  byId('created-snippet').value = badgeLink(url, title, theme);
  byId('created-badge').src = here(badgeAddress(url, theme));
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

const act = {
  more: (offset) => listFrom(offset),
  invite: (conference) => showInvitations(conference, rememberedToken()),
  change: (conference) => startChange(conference),
  rotate: ({ key }) => done(api.rotateConference(rememberedToken(), key), 'It has a new link.'),
  end: ({ key }) => done(api.endConference(rememberedToken(), key), 'It has ended.'),
};

/** Shows the page of the list that begins at `offset`: the first in place of all, others below. */
async function listFrom(offset) {
  const token = rememberedToken();
  if (!token && !account) return;
  try {
    showConferences(await api.listConferences(token, offset), { isFirst: offset === 0, act });
  } catch (problem) {
    if (problem.status === UNAUTHORIZED) onProblem(problem);
    else toast(problem.message);
  }
}

async function done(request, words) {
  try {
    await request;
    announce(words);
  } catch (problem) {
    toast(problem.message);
  }
  refreshList();
}

// Changing a conference, in the form that creates one.

function startChange(conference) {
  changed = conference;
  showForm();
  fillForm(conference);
  showFormsPurpose();
}

function endChange() {
  changed = null;
  showForm();
  showFormsPurpose();
}

function showFormsPurpose() {
  setText(byId('create-heading'), changed ? 'Change conference' : 'New conference');
  setText(byId('create-text'), changed ? 'Save' : 'Create conference');
  show(byId('change-none'), changed !== null);
}

await start();
