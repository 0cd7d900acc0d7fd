import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Devices, choicesOf, isThere } from '../../crates/server/web/js/devices.js';
import { levelOf } from '../../crates/server/web/js/level-meter.js';

const device = (kind, deviceId, label = '') => ({ kind, deviceId, label });

test('the system’s own device comes first, and one without a label has a number', () => {
  const devices = [
    device('audioinput', 'b', 'Headset'),
    device('audiooutput', 'x', 'Speakers'),
    device('audioinput', 'default', 'Default - Headset'),
    device('audioinput', 'c'),
  ];
  assert.deepEqual(choicesOf(devices, 'audioinput'), [
    { id: 'default', label: 'Default - Headset' },
    { id: 'b', label: 'Headset' },
    { id: 'c', label: 'Microphone 3' },
  ]);
  assert.ok(isThere(choicesOf(devices, 'audiooutput'), 'x'));
  assert.ok(!isThere(choicesOf(devices, 'audiooutput'), 'b'));
});

test('before the permission there is nothing to choose', () => {
  assert.deepEqual(choicesOf([device('audioinput', '')], 'audioinput'), []);
});

test('devices that come and go are followed', async () => {
  const media = new EventTarget();
  let plugged = [device('audioinput', 'a', 'Built-in')];
  media.enumerateDevices = async () => plugged;
  let changes = 0;
  const changed = () => new Promise((resolve) => (notify = resolve));
  let notify = () => {};
  const devices = new Devices(() => {
    changes += 1;
    notify();
  }, media);
  await devices.look();
  plugged = [...plugged, device('audioinput', 'b', 'Headset'), device('audiooutput', 'x', 'TV')];
  const again = changed();
  media.dispatchEvent(new Event('devicechange'));
  await again;
  assert.equal(changes, 2);
  assert.deepEqual(devices.microphones.map(({ id }) => id), ['a', 'b']);
  assert.deepEqual(devices.speakers.map(({ id }) => id), ['x']);
});

test('a browser without devices has none, and nothing breaks', async () => {
  const devices = new Devices(() => {}, undefined);
  await devices.look();
  assert.deepEqual([devices.microphones, devices.speakers], [[], []]);
});

test('the meter shows nothing for silence, and is full for a loud voice', () => {
  const tone = (peak) => Float32Array.from({ length: 1_024 }, (_, i) => peak * Math.sin(i / 7));
  assert.equal(levelOf(tone(0)), 0);
  assert.equal(levelOf(tone(0.0005)), 0, 'the noise of a room');
  assert.equal(levelOf(tone(1)), 1);
  const [quiet, usual, loud] = [0.01, 0.1, 0.5].map((peak) => levelOf(tone(peak)));
  assert.ok(0 < quiet && quiet < usual && usual < loud && loud < 1, `${quiet} ${usual} ${loud}`);
});
