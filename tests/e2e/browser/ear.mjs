/** What a browser hears: keeps all that the conference's page is sent. These functions run in the page. */

/** Follows the page's `#sound` from stream to stream and keeps its samples: 48 kHz, one channel. */
export function listen() {
  const RATE_HZ = 48_000;
  const parts = [];
  let track = null;
  window.ear = { parts };
  setInterval(() => {
    const current = document.querySelector('#sound')?.srcObject?.getAudioTracks()[0] ?? null;
    if (current === track) return;
    track = current;
    if (track) read(track);
  }, 20);

  /** Frames wait to be read while the page is busy. */
  async function read(source) {
    const frames = new MediaStreamTrackProcessor({ track: source, maxBufferSize: 3_000 }).readable.getReader();
    for (;;) {
      const { done, value: frame } = await frames.read();
      if (done) return;
      if (frame.sampleRate !== RATE_HZ) throw new Error(`sound at ${frame.sampleRate} Hz`);
      const samples = new Float32Array(frame.numberOfFrames);
      frame.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      frame.close();
      parts.push(samples);
    }
  }
}

/** Hands over the samples since it was last called: 16 bits, little-endian, in base64. */
export function takeHeard() {
  const parts = window.ear?.parts.splice(0) ?? [];
  const samples = new Int16Array(parts.reduce((count, part) => count + part.length, 0));
  let end = 0;
  for (const part of parts) {
    for (const sample of part) samples[end++] = sample * 32_767;
  }
  const bytes = new Uint8Array(samples.buffer);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8_192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  }
  return btoa(text);
}
