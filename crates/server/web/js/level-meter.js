/**
 * How loud the microphone is, for a meter: the browser's analyser looks at the track, and the meter
 * hears of it as often as the screen is drawn; a few times a second for those who want less motion.
 */

/** What the meter shows as nothing; a voice is some 40 dB above it. */
const FLOOR_DB = -60;
/** What the meter shows as full. */
const CEILING_DB = -8;
const CALM_INTERVAL_MS = 400;
/** How much of a level is left after one frame of silence: quick up, slow down. */
const FALL = 0.9;

/** The level of samples (-1 to 1) for the eye: 0 for silence, 1 for a loud voice. */
export function levelOf(samples) {
  let energy = 0;
  for (const sample of samples) energy += sample * sample;
  const db = 10 * Math.log10(energy / samples.length + Number.EPSILON);
  return Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
}

export class LevelMeter {
  #onLevel;
  #context = null;
  #source = null;
  #analyser = null;
  #samples = null;
  #level = 0;
  #shownAt = 0;
  #frame = null;

  /** `onLevel(level)` gets 0 to 1. */
  constructor(onLevel) {
    this.#onLevel = onLevel;
  }

  /** Measures a track from now on; null for none. */
  measure(track) {
    this.#source?.disconnect();
    this.#source = null;
    this.#rest();
    try {
      if (track) this.#listenTo(track);
    } catch {
      // A browser that can't: the call is worth more than its meter.
    }
  }

  #listenTo(track) {
    this.#context ??= new AudioContext({ latencyHint: 'playback' });
    this.#context.resume().catch(() => {}); // without a tap it may rest; then the meter does too
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: 1024 });
    this.#samples ??= new Float32Array(this.#analyser.fftSize);
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  #rest() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.#context?.suspend().catch(() => {});
    this.#level = 0;
    this.#onLevel(0);
  }

  #draw(now) {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    this.#analyser.getFloatTimeDomainData(this.#samples);
    this.#level = Math.max(levelOf(this.#samples), this.#level * FALL);
    if (now - this.#shownAt < this.#intervalMs) return;
    this.#shownAt = now;
    this.#onLevel(this.#level);
  }

  get #intervalMs() {
    return matchMedia('(prefers-reduced-motion: reduce)').matches ? CALM_INTERVAL_MS : 0;
  }
}
