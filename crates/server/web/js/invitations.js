/**
 * Invitations by mail: who is invited to a conference, how their letters fare, and a form for more; and who has left a
 * number to be called at the set time.
 */
import { announce } from './announcer.js';
import * as api from './api.js';
import { zoneOptions } from './conference-form.js';
import { byId, create, setText, show } from './dom.js';
import { acceptField, refuseField } from './field.js';

/** How a letter fares, as people say it. */
const STATES = {
  waiting: 'On its way',
  sent: 'Sent',
  refused: 'Refused',
  given_up: 'Not delivered',
};

/** How those fare who have left a number. */
const CALLEES = {
  waiting: 'Will be called',
  in: 'Came in',
  busy: 'Was busy',
  no_answer: 'Didn’t answer',
  cancelled: 'Not called',
};

/** `Anna <anna@example.com>`, or the address alone. */
const NAMED = /^(.*?)\s*<([^<>]+)>$/;

/** The conference whose invitations are shown. */
let shown = null;
let token = null;

/**
 * The guests that a text names, one a line or by comma: `[{address, name}]`, without those named twice. What is no
 * address is left to the server, which says so.
 */
export function guestsOf(text) {
  const guests = new Map();
  for (const part of text.split(/[\n,;]+/).map((each) => each.trim())) {
    if (!part) continue;
    const [, name, address] = NAMED.exec(part) ?? [null, '', part];
    const guest = { address: address.trim() };
    if (name) guest.name = name.replaceAll('"', '').trim();
    guests.set(guest.address.toLowerCase(), guest);
  }
  return [...guests.values()];
}

/** Brings the dialog to life. */
export function prepareInvitations() {
  byId('invite-form').addEventListener('submit', (event) => {
    event.preventDefault();
    invite();
  });
  byId('invite-zone').replaceChildren(new Option('By the conference’s clock', ''), ...zoneOptions());
  byId('invite-close').addEventListener('click', () => byId('invite').close());
}

/** Shows the invitations of a conference, which whoever has `subscriberToken` may change. */
export async function showInvitations(conference, subscriberToken) {
  shown = conference;
  token = subscriberToken;
  setText(byId('invite-title'), `Invite to ${conference.title || 'the conference'}`);
  byId('invite-to').value = '';
  acceptField(byId('invite-to'));
  list({ sends_mail: true, invitees: [] });
  show(byId('invite-zone-field'), conference.starts_at !== null);
  byId('invite-zone').value = '';
  listCallees([]);
  byId('invite').showModal();
  await Promise.all([carryOut(() => api.readInvitations(token, shown.key)), showCallees()]);
}

/** Shows who is to be called at the set time. */
async function showCallees() {
  const of = shown;
  if (of.starts_at === null) return;
  const found = await api.listAppointments(token, of.key).catch(() => null);
  if (found && of === shown) listCallees(found.appointments);
}

async function invite() {
  const zone = byId('invite-zone').value;
  const guests = guestsOf(byId('invite-to').value).map((guest) => ({ ...guest, ...(zone && { time_zone: zone }) }));
  if (guests.length === 0) {
    refuseField(byId('invite-to'), 'Type at least one mail address.');
    return;
  }
  byId('invite-send').disabled = true;
  const isDone = await carryOut(() => api.invite(token, shown.key, guests));
  byId('invite-send').disabled = false;
  if (!isDone) return;
  byId('invite-to').value = '';
  announce(guests.length === 1 ? 'One is invited.' : `${guests.length} are invited.`);
}

async function withdraw(address) {
  const isDone = await carryOut(async () => {
    await api.withdrawInvitation(token, shown.key, address);
    return api.readInvitations(token, shown.key);
  });
  if (isDone) announce(`${address} is no longer invited.`);
}

/** Shows what a request answers; a refusal is told at the field. */
async function carryOut(request) {
  const of = shown;
  try {
    const answer = await request();
    if (of === shown) list(answer);
    return true;
  } catch (problem) {
    refuseField(byId('invite-to'), problem.message);
    return false;
  }
}

function list({ sends_mail: sendsMail, invitees }) {
  show(byId('invite-no-mail'), !sendsMail);
  show(byId('invited-heading'), invitees.length > 0);
  byId('invited').replaceChildren(...invitees.map(item));
}

function listCallees(callees) {
  const waiting = callees.filter(({ state }) => state === 'waiting').length;
  setText(byId('callees-heading'), `To be called at the set time: ${waiting}`);
  show(byId('callees-heading'), callees.length > 0);
  const items = callees.map(({ number, name, state }) => {
    const words = create('p', { className: 'invitee-words' }, name ? `${name} · ${number}` : number);
    const fared = CALLEES[state] ?? 'Couldn’t be called';
    const fate = create('p', { className: 'invitee-letter', textContent: fared, dataset: { state } });
    return create('li', { dataset: { state } }, words, fate);
  });
  byId('callees').replaceChildren(...items);
}

function item({ address, name, letter }) {
  const taken = create('button', {
    className: 'button button-text',
    type: 'button',
    textContent: 'Take back',
    dataset: { action: 'withdraw' },
    attributes: { 'aria-label': `Take the invitation of ${address} back` },
  });
  taken.addEventListener('click', () => withdraw(address));
  const words = create('p', { className: 'invitee-words' }, name ? `${name} · ${address}` : address);
  const made = create('li', { dataset: { address } }, words, taken);
  if (letter) made.append(fate(letter));
  return made;
}

function fate({ state, reason }) {
  const text = STATES[state] ?? state;
  const said = reason && state !== 'sent' ? `${text}: ${reason}` : text;
  return create('p', { className: 'invitee-letter', textContent: said, dataset: { state } });
}
