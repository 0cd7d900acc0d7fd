/**
 * The roster as a list of rows, one a participant, that are kept and updated in place: a row that
 * is looked at, focused or animated must not be rebuilt because somebody else spoke.
 */
import { doorWords, isAtDoor } from './doors.js';
import { byId, create, icon, setIcon, setText, show } from './dom.js';
import { ratingOf } from './quality.js';
import { QualitySign } from './quality-view.js';
import { count, hueOf, inOrder, initials, isIn } from './roster.js';
import { timeOfDay } from './time.js';

/** As many avatar colours as css/roster.css has. */
const HUES = 6;

const PHASES = { calling: 'Calling…', ringing: 'Ringing…', answered: 'Picked up' };
const WAYS = { dial_in: 'dialled in' };

export class RosterView {
  #rows = new Map();
  #zone;
  #host;

  /** `zone` is the visitor's; `host` has `mute(person)` and `remove(person)`, or is null. */
  constructor(zone, host) {
    this.#zone = zone;
    this.#host = host;
  }

  /**
   * Shows `roster`. `me` has my own participants' ids, of which there may be none; `ownQuality` is
   * what this browser measured of my own connection, or null.
   */
  render(roster, me, ownQuality) {
    const people = inOrder(roster);
    this.#forget(roster.people);
    const list = byId('people');
    people.forEach((person, index) => {
      const row = this.#rows.get(person.id) ?? this.#add(person.id);
      const isMe = me.has(person.id) || me.has(person.phone?.id);
      row.render(person, isMe, isMe && !isOnPhone(person) ? ownQuality : null);
      const there = list.children[index];
      if (there !== row.element) list.insertBefore(row.element, there ?? null);
    });
    const { present } = count(roster);
    setText(byId('present'), String(present));
    show(byId('nobody'), people.length === 0);
  }

  #add(id) {
    const row = new Row(id, this.#zone, this.#host);
    this.#rows.set(id, row);
    return row;
  }

  #forget(people) {
    for (const [id, row] of this.#rows) {
      if (people.has(id)) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
  }
}

class Row {
  #person = null;
  #zone;
  #avatar = create('span', { className: 'avatar', attributes: { 'aria-hidden': 'true' } });
  #name = create('span', { className: 'person-name' });
  #me = create('span', { className: 'tag', textContent: 'you' });
  #note = create('span', { className: 'person-note' });
  #speaking = create('span', { className: 'person-speaking' }, icon('wave'), hiddenText('speaking'));
  #muted = create('span', { className: 'person-muted' }, icon('mic-off'), hiddenText('muted'));
  #onPhone = create('span', { className: 'person-on-phone' }, icon('handset'), hiddenText('on the phone'));
  #quality;
  #buttons = null;

  constructor(id, zone, host) {
    this.#zone = zone;
    this.#quality = new QualitySign(id);
    const words = create(
      'span',
      { className: 'person-words' },
      create('span', { className: 'person-line' }, this.#name, this.#me),
      this.#note,
    );
    this.element = create(
      'li',
      { className: 'person', dataset: { participant: id, hue: hueOf(id, HUES) } },
      this.#avatar,
      words,
      this.#speaking,
      this.#muted,
      this.#onPhone,
      this.#quality.button,
    );
    if (host) this.#addButtons(host);
    this.element.append(this.#quality.details);
  }

  render(person, isMe, ownQuality) {
    this.#person = person;
    const { state, label, via, phone, muted, speaking } = person;
    const heard = isIn(person) && speaking && !muted;
    Object.assign(this.element.dataset, { state, via, muted, speaking: heard });
    Object.assign(this.element.dataset, { onPhone: isOnPhone(person), phone: phone?.id ?? '' });
    this.element.dataset.quality = ratingOf(person.quality) ?? '';
    if (isMe) this.element.dataset.me = '';
    else delete this.element.dataset.me;
    setText(this.#avatar, initials(label));
    setText(this.#name, label);
    setText(this.#note, isIn(person) ? this.#presence(person) : phaseOf(person));
    show(this.#me, isMe);
    show(this.#speaking, heard);
    show(this.#muted, isIn(person) && muted);
    show(this.#onPhone, isOnPhone(person));
    this.#quality.render(person, ownQuality);
    this.#buttons?.render(person);
  }

  #presence({ joined_at: joinedAt, via, phone, muted, muted_by: mutedBy }) {
    const since = joinedAt ? `since ${timeOfDay(Date.parse(joinedAt), this.#zone)}` : '';
    const way = phone && !isIn(phone) ? 'phone is ringing' : (WAYS[via] ?? '');
    const silence = muted && mutedBy === 'host' ? 'muted by the host' : '';
    return [since, silence || way].filter(Boolean).join(' · ');
  }

  #addButtons(host) {
    const mute = actionButton('person-mute', 'mic', () => host.mute(this.#person));
    const remove = actionButton('person-remove', 'close', () => host.remove(this.#person));
    this.element.append(create('span', { className: 'person-actions' }, mute, remove));
    this.#buttons = {
      render: (person) => {
        show(mute, isIn(person));
        setIcon(mute.querySelector('svg'), person.muted ? 'mic-off' : 'mic');
        mute.setAttribute('aria-label', muteLabel(person));
        remove.setAttribute('aria-label', `Remove ${person.label}`);
      },
    };
  }
}

function isOnPhone({ phone }) {
  return phone !== null && isIn(phone);
}

function phaseOf({ state, via }) {
  if (isAtDoor(state)) return doorWords(state).note;
  if (via === 'browser') return 'Joining…';
  return PHASES[state] ?? state;
}

/** Nobody opens another's microphone in a browser: there, a host can only ask. */
function muteLabel({ label, muted, via }) {
  if (!muted) return `Mute ${label}`;
  return via === 'browser' ? `Ask ${label} to unmute` : `Unmute ${label}`;
}

function actionButton(className, iconName, onClick) {
  const button = create(
    'button',
    { className: `button button-icon ${className}`, type: 'button' },
    icon(iconName),
  );
  button.addEventListener('click', onClick);
  return button;
}

function hiddenText(text) {
  return create('span', { className: 'visually-hidden', textContent: text });
}
