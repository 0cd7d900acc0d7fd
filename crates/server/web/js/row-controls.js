/**
 * What can be done about one person of the roster: by a host about everybody, and by everybody about their own
 * name. What is wanted at once is in the row; the rest is in a panel below it.
 */
import { create, icon, setIcon, setText, show } from './dom.js';
import { isIn } from './roster.js';

const NAME_CHARS_MAX = 60;
/** Decibels by which a host turns somebody up or down, as the API has them. */
const VOLUME = { min: -24, max: 12, step: 3 };
/** Break-out rooms that are offered: the API has more. */
const ROOMS_MAX = 6;

export class RowControls {
  #person = null;
  #admit;
  #refuse;
  #mute;
  #more;
  #name = create('input', { className: 'person-new-name', maxLength: NAME_CHARS_MAX });
  #volume = create('input', { className: 'person-volume', type: 'range', ...VOLUME });
  #room = create('select', { className: 'person-room' });
  #whisper;
  #lowerHand;
  #remove;
  /** The buttons of the row. */
  element;
  /** What *More* opens. */
  panel;

  /**
   * `acts` has `admit`, `mute`, `lowerHand`, `whisper` and `remove`, each of a person, and `rename(person, name)`,
   * `setVolume(person, decibels)` and `sendTo(person, room)`, whose room is null for the conference's own.
   */
  constructor(id, acts) {
    this.#admit = button('person-admit', ['Let in'], () => acts.admit(this.#person));
    this.#refuse = iconButton('person-refuse', 'close', () => acts.remove(this.#person));
    this.#mute = iconButton('person-mute', 'mic', () => acts.mute(this.#person));
    this.#more = iconButton('person-more', 'more', () => this.#toggle());
    this.#more.setAttribute('aria-controls', `more-${id}`);
    this.element = create(
      'span',
      { className: 'person-actions' },
      this.#admit,
      this.#refuse,
      this.#mute,
      this.#more,
    );
    this.#whisper = textButton('person-whisper', 'Whisper', () => acts.whisper(this.#person));
    this.#lowerHand = textButton('person-lower-hand', 'Lower hand', () => acts.lowerHand(this.#person));
    this.#remove = textButton('person-remove button-danger', 'Remove', () => acts.remove(this.#person));
    this.panel = create(
      'div',
      { id: `more-${id}`, className: 'person-controls', hidden: true },
      this.#renaming(acts),
      this.#volumeField(acts),
      this.#roomField(acts),
      this.#whisper,
      this.#lowerHand,
      this.#remove,
    );
    this.#show(false);
  }

  /** `isHost`: I am one; `isMe`: this row is mine; `whispersTo`: the id of whom I whisper to, or null. */
  render(person, { isHost, isMe, whispersTo }) {
    this.#person = person;
    const { label, hand } = person;
    const waits = person.state === 'in_lobby';
    show(this.element, isHost || isMe);
    show(this.#admit, isHost && waits);
    show(this.#refuse, isHost && waits);
    show(this.#mute, isHost && isIn(person));
    show(this.#more, !waits);
    this.#renderSound(person, { isHost, isMe, whispersTo });
    show(this.#lowerHand, isHost && Boolean(hand) && !isMe);
    show(this.#remove, isHost);
    if (!(isHost || isMe) || waits) this.#show(false);
    setIcon(this.#mute.querySelector('svg'), person.muted ? 'mic-off' : 'mic');
    name(this.#admit, `Let ${label} in`);
    name(this.#refuse, `Send ${label} away`);
    name(this.#mute, muteLabel(person));
    name(this.#more, `More about ${label}`);
    name(this.#volume, `Volume of ${label}`);
    name(this.#room, `Room of ${label}`);
    name(this.#lowerHand, `Lower the hand of ${label}`);
    name(this.#remove, `Remove ${label}`);
  }

  /** How loud somebody is for the others, where, and what only they hear. */
  #renderSound(person, { isHost, isMe, whispersTo }) {
    const isSeated = isHost && isIn(person);
    show(this.#volume.parentElement, isSeated);
    show(this.#room.parentElement, isSeated);
    show(this.#whisper, isSeated && !isMe);
    const isWhisperedTo = whispersTo !== null && [person.id, person.phone?.id].includes(whispersTo);
    this.#whisper.setAttribute('aria-pressed', String(isWhisperedTo));
    setText(this.#whisper, isWhisperedTo ? 'Stop whispering' : 'Whisper');
    name(this.#whisper, isWhisperedTo ? `Stop whispering to ${person.label}` : `Whisper to ${person.label}`);
    // What is being dragged or chosen just now isn't moved under the hand.
    if (document.activeElement !== this.#volume) this.#volume.value = person.volume_db ?? 0;
    if (document.activeElement !== this.#room) this.#room.value = person.breakout ?? '';
  }

  #volumeField(acts) {
    const set = () => acts.setVolume(this.#person, this.#volume.valueAsNumber);
    this.#volume.addEventListener('change', set);
    return create('label', { className: 'person-field' }, icon('speaker'), this.#volume);
  }

  #roomField(acts) {
    const rooms = Array.from({ length: ROOMS_MAX }, (_, index) => String(index + 1));
    this.#room.append(
      new Option('Main room', ''),
      ...rooms.map((room) => new Option(`Room ${room}`, room)),
    );
    this.#room.addEventListener('change', () => {
      acts.sendTo(this.#person, this.#room.value ? Number(this.#room.value) : null);
    });
    return create('label', { className: 'person-field select' }, this.#room, icon('chevron'));
  }

  #renaming(acts) {
    this.#name.setAttribute('aria-label', 'Name');
    const save = create('button', { className: 'button button-text', textContent: 'Rename' });
    const form = create('form', { className: 'person-rename' }, this.#name, save);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const wanted = this.#name.value.trim();
      if (wanted) acts.rename(this.#person, wanted);
      this.#show(false);
      this.#more.focus();
    });
    return form;
  }

  #toggle() {
    const opens = this.panel.hidden;
    if (opens) this.#name.value = this.#person.label;
    this.#show(opens);
    if (opens) this.#name.focus();
  }

  #show(opens) {
    show(this.panel, opens);
    this.#more.setAttribute('aria-expanded', String(opens));
  }
}

/** Nobody opens another's microphone in a browser: there, a host can only ask. */
function muteLabel({ label, muted, via }) {
  if (!muted) return `Mute ${label}`;
  return via === 'browser' ? `Ask ${label} to unmute` : `Unmute ${label}`;
}

function name(button, label) {
  button.setAttribute('aria-label', label);
}

function iconButton(className, iconName, onClick) {
  return button(`button-icon ${className}`, [icon(iconName)], onClick);
}

function textButton(className, text, onClick) {
  return button(`button-text ${className}`, [text], onClick);
}

function button(className, children, onClick) {
  const made = create('button', { className: `button ${className}`, type: 'button' }, ...children);
  made.addEventListener('click', onClick);
  return made;
}
