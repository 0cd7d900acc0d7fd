/**
 * The roster as a list of rows, one a participant, that are kept and updated in place: a row that
 * is looked at, focused or animated must not be rebuilt because somebody else spoke.
 */
import { doorWords, isAtDoor } from './doors.js';
import { byId, create, icon, setText, show } from './dom.js';
import { ratingOf } from './quality.js';
import { QualitySign } from './quality-view.js';
import { RowControls } from './row-controls.js';
import { count, hueOf, inOrder, initials, isIn } from './roster.js';
import { timeOfDay } from './time.js';

/** As many avatar colours as css/roster.css has. */
const HUES = 6;

const PHASES = { calling: 'Calling…', ringing: 'Ringing…', answered: 'Picked up' };
const WAYS = { dial_in: 'dialled in' };

export class RosterView {
  #rows = new Map();
  #zone;
  #acts;

  /** `zone` is the visitor's; `acts` is what is done about people, see `RowControls`. */
  constructor(zone, acts) {
    this.#zone = zone;
    this.#acts = acts;
  }

  /**
   * Shows `roster`. `me` has my own participants' ids, of which there may be none; `ownQuality` is
   * what this browser measured of my own connection, or null; `isHost`: I am one, and whisper to the
   * participant `whispersTo`, or null.
   */
  render(roster, { me, ownQuality, isHost, whispersTo }) {
    const people = inOrder(roster);
    this.#forget(roster.people);
    const list = byId('people');
    people.forEach((person, index) => {
      const row = this.#rows.get(person.id) ?? this.#add(person.id);
      const isMe = me.has(person.id) || me.has(person.phone?.id);
      const quality = isMe && !isOnPhone(person) ? ownQuality : null;
      row.render(person, { isMe, isHost, whispersTo, ownQuality: quality });
      const there = list.children[index];
      if (there !== row.element) list.insertBefore(row.element, there ?? null);
    });
    const { present } = count(roster);
    setText(byId('present'), String(present));
    show(byId('nobody'), people.length === 0);
  }

  #add(id) {
    const row = new Row(id, this.#zone, this.#acts);
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
  #zone;
  #avatar = create('span', { className: 'avatar', attributes: { 'aria-hidden': 'true' } });
  #name = create('span', { className: 'person-name' });
  #me = create('span', { className: 'tag', textContent: 'you' });
  #hosts = create('span', { className: 'tag tag-host', textContent: 'host' });
  #room = create('span', { className: 'tag tag-room' });
  #hand = create('span', { className: 'person-hand' }, icon('hand'), hiddenText('hand raised'));
  #note = create('span', { className: 'person-note' });
  #speaking = create('span', { className: 'person-speaking' }, icon('wave'), hiddenText('speaking'));
  #muted = create('span', { className: 'person-muted' }, icon('mic-off'), hiddenText('muted'));
  #onPhone = create('span', { className: 'person-on-phone' }, icon('handset'), hiddenText('on the phone'));
  #quality;
  #controls;

  constructor(id, zone, acts) {
    this.#zone = zone;
    this.#quality = new QualitySign(id);
    this.#controls = new RowControls(id, acts);
    const words = create(
      'span',
      { className: 'person-words' },
      create('span', { className: 'person-line' }, this.#name, this.#me, this.#hosts, this.#room),
      this.#note,
    );
    this.element = create(
      'li',
      { className: 'person', dataset: { participant: id, hue: hueOf(id, HUES) } },
      this.#avatar,
      words,
      this.#hand,
      this.#speaking,
      this.#muted,
      this.#onPhone,
      this.#quality.button,
      this.#controls.element,
      this.#quality.details,
      this.#controls.panel,
    );
  }

  render(person, { isMe, isHost, whispersTo, ownQuality }) {
    const { state, label, via, phone, muted, speaking, role, hand, breakout } = person;
    const heard = isIn(person) && speaking && !muted;
    Object.assign(this.element.dataset, { state, via, muted, speaking: heard });
    Object.assign(this.element.dataset, { role: role ?? 'guest', hand: Boolean(hand) });
    this.element.dataset.room = breakout ?? '';
    Object.assign(this.element.dataset, { onPhone: isOnPhone(person), phone: phone?.id ?? '' });
    this.element.dataset.quality = ratingOf(person.quality) ?? '';
    if (isMe) this.element.dataset.me = '';
    else delete this.element.dataset.me;
    setText(this.#avatar, initials(label));
    setText(this.#name, label);
    setText(this.#note, isIn(person) ? this.#presence(person) : phaseOf(person));
    show(this.#me, isMe);
    show(this.#hosts, role === 'host');
    show(this.#hand, Boolean(hand));
    show(this.#room, Boolean(breakout));
    setText(this.#room, breakout ? `room ${breakout}` : '');
    show(this.#speaking, heard);
    show(this.#muted, isIn(person) && muted);
    show(this.#onPhone, isOnPhone(person));
    this.#quality.render(person, ownQuality);
    this.#controls.render(person, { isHost, isMe, whispersTo });
  }

  #presence({ joined_at: joinedAt, via, phone, muted, muted_by: mutedBy, said_name: saidName }) {
    const since = joinedAt ? `since ${timeOfDay(Date.parse(joinedAt), this.#zone)}` : '';
    const way = phone && !isIn(phone) ? 'phone is ringing' : (WAYS[via] ?? '');
    const silence = muted && mutedBy === 'host' ? 'muted by the host' : '';
    const name = saidName || phone?.said_name ? 'said the name' : '';
    return [since, silence || way, name].filter(Boolean).join(' · ');
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

function hiddenText(text) {
  return create('span', { className: 'visually-hidden', textContent: text });
}
