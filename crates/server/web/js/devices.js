/**
 * Which microphones and loudspeakers there are, which were chosen, and what to do when one comes or
 * goes.
 */
import { rememberDevices, rememberedDevices } from './memory.js';

/** What the system itself uses; browsers list it under this id, if at all. */
export const SYSTEM_DEFAULT = 'default';

const WORDS = { audioinput: 'Microphone', audiooutput: 'Speaker' };

/**
 * The devices of a kind as choices `{id, label}`, the system's own first. A browser tells neither ids
 * nor labels before the microphone was allowed: then there is nothing to choose.
 */
export function choicesOf(devices, kind) {
  const known = devices.filter((device) => device.kind === kind && device.deviceId !== '');
  const choices = known.map(({ deviceId, label }, index) => ({
    id: deviceId,
    label: label || `${WORDS[kind]} ${index + 1}`,
  }));
  return choices.sort((a, b) => (b.id === SYSTEM_DEFAULT) - (a.id === SYSTEM_DEFAULT));
}

/** Whether the device with this id is still among `choices`. */
export function isThere(choices, id) {
  return choices.some((choice) => choice.id === id);
}

/** Follows the devices; `onChange(devices)` gets `{microphones, speakers}` whenever they change. */
export class Devices {
  #media;
  #onChange;
  microphones = [];
  speakers = [];

  constructor(onChange, media = globalThis.navigator?.mediaDevices) {
    this.#onChange = onChange;
    this.#media = media;
    media?.addEventListener('devicechange', () => this.look());
  }

  /** What was chosen last on this device: `{microphone, speaker}`, ids or null. */
  get chosen() {
    return { microphone: null, speaker: null, ...rememberedDevices() };
  }

  /** Remembers a choice: `{microphone}` or `{speaker}`. */
  choose(choice) {
    rememberDevices({ ...this.chosen, ...choice });
  }

  /** Looks what there is; ids and labels come with the permission, so look again after that. */
  async look() {
    const devices = (await this.#media?.enumerateDevices().catch(() => [])) ?? [];
    this.microphones = choicesOf(devices, 'audioinput');
    this.speakers = choicesOf(devices, 'audiooutput');
    this.#onChange();
  }
}
