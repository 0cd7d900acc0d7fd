/**
 * This person's microphone: asks for it, opens one, changes to another, and gives it back. What
 * stands in the way is thrown as a `Trouble`.
 */
import { Trouble, troubleOf } from './troubles.js';

/** One voice near one microphone; the server mixes in mono. */
const PROCESSING = Object.freeze({
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
});

export class Microphone {
  #track = null;
  /** Counts what was asked for: the answer to an older request is out of date. */
  #request = 0;
  #onLost;
  #media;

  /** `onLost()` is called when the open microphone went away by itself: unplugged, or forbidden. */
  constructor(onLost, media = globalThis.navigator?.mediaDevices) {
    this.#onLost = onLost;
    this.#media = media;
  }

  /** The open microphone's track, or null. */
  get track() {
    return this.#track;
  }

  /** Which device is open, or null. */
  get deviceId() {
    return this.#track?.getSettings().deviceId ?? null;
  }

  /**
   * Opens a microphone in place of the one that is open, silent at first: `deviceId` if that is
   * there, else the one that the browser likes best. The browser asks the person if it has to.
   * Resolves to false if meanwhile another was asked for, or none. Throws a `Trouble`.
   */
  async open(deviceId = null) {
    if (!this.#media) throw new Trouble('insecure');
    this.#request += 1;
    const request = this.#request;
    const stream = await this.#capture(deviceId);
    const [track] = stream.getAudioTracks();
    if (request !== this.#request) {
      track.stop();
      return false;
    }
    this.#track?.stop(); // a track that its owner stops has no `ended` event
    track.enabled = false;
    track.addEventListener('ended', () => this.#lose(track));
    this.#track = track;
    return true;
  }

  close() {
    this.#request += 1;
    this.#track?.stop();
    this.#track = null;
  }

  /** The wanted device if it is there (a mere wish is not obeyed by every browser), or else any. */
  async #capture(deviceId) {
    try {
      return await this.#ask(deviceId ? { deviceId: { exact: deviceId } } : {});
    } catch (error) {
      const trouble = troubleOf(error, await microphonePermission());
      if (trouble !== 'missing' || !deviceId) throw new Trouble(trouble);
      return this.#capture(null);
    }
  }

  #ask(wanted) {
    return this.#media.getUserMedia({ audio: { ...PROCESSING, ...wanted } });
  }

  #lose(track) {
    if (track !== this.#track) return;
    this.#track = null;
    this.#onLost();
  }
}

/** Whether this page may use the microphone: `granted`, `denied`, `prompt`, or null if unknown. */
export async function microphonePermission() {
  try {
    return (await navigator.permissions.query({ name: 'microphone' })).state;
  } catch {
    return null; // a browser that doesn't tell
  }
}
