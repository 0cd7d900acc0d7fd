/**
 * Where the conference's sound comes out: an <audio> element. Its own volume is the system's business.
 */
export class Speaker {
  #audio;
  #onBlocked;

  /** `onBlocked(blocked)`: the browser plays nothing before the page is tapped, or does again. */
  constructor(audio, onBlocked) {
    this.#audio = audio;
    this.#onBlocked = onBlocked;
  }

  /** Whether the page may choose the loudspeaker. */
  get canChoose() {
    return typeof this.#audio.setSinkId === 'function';
  }

  /** The chosen loudspeaker; empty for the system's own. */
  get deviceId() {
    return this.#audio.sinkId ?? '';
  }

  /** Plays a stream, or nothing. */
  play(stream) {
    this.#audio.srcObject = stream;
    if (stream) this.unblock();
  }

  /** Tries to play: within a tap, the browser can't refuse. */
  async unblock() {
    try {
      await this.#audio.play();
      this.#onBlocked(false);
    } catch (error) {
      if (error.name === 'NotAllowedError') this.#onBlocked(true);
    }
  }

  set muted(muted) {
    this.#audio.muted = muted;
  }

  /** Plays through another loudspeaker; one that is gone gives way to the system's own. */
  async choose(deviceId) {
    if (!this.canChoose) return;
    try {
      await this.#audio.setSinkId(deviceId);
    } catch {
      await this.#audio.setSinkId('').catch(() => {});
    }
  }
}
