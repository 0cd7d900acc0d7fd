/**
 * The recording of a conference: a sign for everybody, a button for hosts, and the files for the
 * subscriber.
 */
import { announce } from './announcer.js';
import { confirmed } from './confirm.js';
import { byId, create, setText, show } from './dom.js';
import { isRecording, recordingSign, recordingText } from './recording.js';
import { momentText } from './time.js';
import { toast } from './toast.js';

/** The files of a recording have their end a moment after it is told of. */
const SETTLED_AFTER_MS = 800;

export class RecordingView {
  #actions;
  #zone;
  #wasOn = null;
  #isListed = false;

  /**
   * `actions`: hosts have `record(voices)` and `stop()`, the subscriber has `list()`, `remove(id)` and
   * `save(url)` as well.
   */
  constructor(zone, actions) {
    this.#zone = zone;
    this.#actions = actions;
    byId('record').addEventListener('click', () => this.#toggle());
  }

  /** Shows what there is to see now. `hasPeople` is whether anybody is in; for `hosting` see `Hosting`. */
  render(recording, { now, hosting, hasPeople, isOver }) {
    const [isOn, sign] = [isRecording(recording), recordingSign(recording, now)];
    const banner = byId('recording-sign');
    show(banner, sign !== null);
    if (sign) {
      banner.dataset.on = sign.isOn;
      setText(byId('recording-text'), sign.text);
      setText(byId('recording-detail'), sign.detail);
    }
    this.#tellOfChange(isOn, sign, hosting);
    const mayRecord = hosting.isHost && !isOver && (isOn || hasPeople);
    show(byId('recording-controls'), mayRecord);
    byId('record').setAttribute('aria-pressed', String(isOn));
    setText(byId('record-button-text'), isOn ? 'Stop recording' : 'Record');
    show(byId('record-voices-field'), !isOn);
    if (hosting.isOwner && !this.#isListed) {
      this.#isListed = true;
      this.#list();
    }
    show(byId('recording'), mayRecord || byId('recordings').childElementCount > 0);
  }

  #tellOfChange(isOn, sign, { isOwner }) {
    const before = this.#wasOn;
    this.#wasOn = isOn;
    if (before === isOn || (before === null && !isOn)) return;
    announce(isOn ? 'This conference is being recorded.' : (sign?.text ?? 'The recording has ended.'));
    if (isOwner && before !== null) setTimeout(() => this.#list(), isOn ? 0 : SETTLED_AFTER_MS);
  }

  async #toggle() {
    const button = byId('record');
    button.disabled = true;
    try {
      if (this.#wasOn) await this.#actions.stop();
      else await this.#actions.record(byId('record-voices').checked);
    } catch (problem) {
      toast(problem.message);
    }
    button.disabled = false;
  }

  async #list() {
    try {
      const { recordings } = await this.#actions.list();
      byId('recordings').replaceChildren(...recordings.map((one) => this.#row(one)));
      show(byId('recording'), recordings.length > 0 || !byId('recording-controls').hidden);
    } catch (problem) {
      // The sign and the button are of more use than a list that isn't there just now.
      if (!problem.isPassing && problem.status !== 403) toast(problem.message);
    }
  }

  #row(recording) {
    const began = momentText(Date.parse(recording.began_at), this.#zone);
    const isOver = recording.ending !== null;
    const actions = create('div', { className: 'recording-actions' });
    if (isOver) {
      actions.append(
        this.#button('Download', `Download the recording of ${began}`, () => this.#save(recording.url)),
        this.#button('Delete', `Delete the recording of ${began}`, () => this.#remove(recording, began)),
      );
    }
    const voices = recording.voices.map(({ label, url }) =>
      create('li', {}, this.#button(label || 'A voice', `Download ${label || 'a voice'} alone`, () => this.#save(url))),
    );
    return create(
      'li',
      { dataset: { recording: recording.id, state: isOver ? 'over' : 'on' } },
      create('p', { className: 'recording-when', textContent: began }),
      create('p', { className: 'recording-what small', textContent: recordingText(recording) }),
      actions,
      ...(isOver && voices.length > 0 ? [create('ul', { className: 'recording-voices' }, ...voices)] : []),
    );
  }

  #button(text, label, act) {
    const button = create('button', {
      type: 'button',
      className: 'button button-text',
      textContent: text,
      attributes: { 'aria-label': label },
    });
    button.addEventListener('click', act);
    return button;
  }

  async #save(url) {
    await this.#actions.save(url).catch((problem) => toast(problem.message));
  }

  async #remove({ id }, began) {
    const sure = await confirmed({
      title: 'Delete the recording?',
      text: `What was said on ${began} is gone for good.`,
      yes: 'Delete it',
    });
    if (!sure) return;
    await this.#actions.remove(id).catch((problem) => toast(problem.message));
    this.#list();
  }
}
