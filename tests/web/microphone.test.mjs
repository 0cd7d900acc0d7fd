import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Microphone } from '../../crates/server/web/js/microphone.js';
import {
  describeTrouble,
  hindrance,
  troubleNames,
  troubleOf,
} from '../../crates/server/web/js/troubles.js';

class FakeTrack extends EventTarget {
  enabled = true;
  isStopped = false;

  constructor(deviceId) {
    super();
    this.deviceId = deviceId;
  }

  getSettings() {
    return { deviceId: this.deviceId };
  }

  stop() {
    this.isStopped = true;
  }
}

/** getUserMedia in the test's hand: each request waits for `grant` or `refuse`. */
class FakeMedia {
  requests = [];

  getUserMedia(constraints) {
    return new Promise((resolve, reject) => {
      const grant = (track) => resolve({ getAudioTracks: () => [track] });
      this.requests.push({ constraints, grant, refuse: reject });
    });
  }
}

const eventually = async (check) => {
  while (!check()) await new Promise((resolve) => setImmediate(resolve));
};
const error = (name, message = '') => Object.assign(new Error(message), { name });

test('the microphone is processed for speech, mono, and silent until it may be heard', async () => {
  const media = new FakeMedia();
  const microphone = new Microphone(() => {}, media);
  const opened = microphone.open('headset');
  const track = new FakeTrack('headset');
  media.requests[0].grant(track);
  assert.equal(await opened, true);
  assert.deepEqual(media.requests[0].constraints.audio, {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    channelCount: 1,
    deviceId: { exact: 'headset' },
  });
  assert.equal(microphone.track, track);
  assert.equal(microphone.deviceId, 'headset');
  assert.equal(track.enabled, false);
});

test('another microphone takes the place of the first only once it is open', async () => {
  const media = new FakeMedia();
  const microphone = new Microphone(() => {}, media);
  const [first, second] = [new FakeTrack('a'), new FakeTrack('b')];
  const opened = microphone.open();
  media.requests[0].grant(first);
  await opened;
  const refused = microphone.open('busy');
  media.requests[1].refuse(error('NotReadableError'));
  await assert.rejects(refused, { name: 'in_use' });
  assert.equal(first.isStopped, false, 'what works is kept');
  const changed = microphone.open('b');
  media.requests[2].grant(second);
  await changed;
  assert.deepEqual([first.isStopped, second.isStopped], [true, false]);
});

test('a microphone that comes after it was given up is not kept open', async () => {
  const media = new FakeMedia();
  const microphone = new Microphone(() => {}, media);
  const opened = microphone.open();
  microphone.close();
  const track = new FakeTrack('a');
  media.requests[0].grant(track);
  assert.equal(await opened, false);
  assert.equal(track.isStopped, true);
  assert.equal(microphone.track, null);
});

test('a microphone that was chosen once and is gone gives way to any other', async () => {
  const media = new FakeMedia();
  const microphone = new Microphone(() => {}, media);
  const opened = microphone.open('gone');
  media.requests[0].refuse(error('OverconstrainedError'));
  await eventually(() => media.requests.length === 2);
  assert.equal(media.requests[1].constraints.audio.deviceId, undefined);
  media.requests[1].grant(new FakeTrack('other'));
  assert.equal(await opened, true);
  const refused = microphone.open();
  media.requests[2].refuse(error('NotFoundError'));
  await assert.rejects(refused, { name: 'missing' });
});

test('an unplugged microphone is reported, one that is given back is not', async () => {
  const media = new FakeMedia();
  let lost = 0;
  const microphone = new Microphone(() => (lost += 1), media);
  const opened = microphone.open();
  const track = new FakeTrack('a');
  media.requests[0].grant(track);
  await opened;
  track.dispatchEvent(new Event('ended'));
  assert.equal(lost, 1);
  assert.equal(microphone.track, null);
  track.dispatchEvent(new Event('ended'));
  assert.equal(lost, 1);
});

test('each error has a name of its own', () => {
  assert.equal(troubleOf(error('NotAllowedError'), 'denied'), 'refused');
  assert.equal(troubleOf(error('NotAllowedError'), null), 'refused');
  assert.equal(troubleOf(error('NotAllowedError', 'Permission dismissed'), 'prompt'), 'dismissed');
  assert.equal(troubleOf(error('NotAllowedError', 'Permission denied by system'), 'granted'), 'system');
  assert.equal(troubleOf(error('NotFoundError'), 'granted'), 'missing');
  assert.equal(troubleOf(error('OverconstrainedError'), 'granted'), 'missing');
  assert.equal(troubleOf(error('NotReadableError'), 'granted'), 'in_use');
  assert.equal(troubleOf(error('AbortError'), 'granted'), 'in_use');
  assert.equal(troubleOf(error('TypeError'), 'granted'), 'unsupported');
});

test('some browsers can’t, whatever is asked', () => {
  const able = { isSecure: true, canConnect: true, canCapture: true };
  assert.equal(hindrance(able), null);
  assert.equal(hindrance({ ...able, canConnect: false }), 'unsupported');
  assert.equal(hindrance({ ...able, isSecure: false, canCapture: false }), 'insecure');
});

for (const name of troubleNames) {
  test(`${name} says what to do`, () => {
    const { title, text } = describeTrouble(name);
    assert.ok(title.length > 8 && text.length > 40 && text.endsWith('.'));
  });
}
