/** What is said of a conference's recording, in words. Pure: the present moment is passed in. */
import { durationText } from './time.js';

/** How a recording ended, by its name in the API, as far as that isn't what somebody wanted. */
const TROUBLES = {
  too_long: 'The recording ended: it is as long as one may be.',
  disk_full: 'The recording ended: the server’s disk is full. What was said before is kept.',
  failed: 'The recording ended: the server can’t write it. What was said before is kept.',
  cut_short: 'The server stopped in the middle of it.',
};

const MEGABYTE = 1_000_000;

/** Whether the conference is being recorded. */
export function isRecording(recording) {
  return Boolean(recording?.on);
}

/** The sign that everybody sees, or null while there is nothing to be seen: `{isOn, text, detail}`. */
export function recordingSign(recording, now) {
  if (!recording) return null;
  if (!recording.on) {
    const text = TROUBLES[recording.ending];
    return text ? { isOn: false, text, detail: '' } : null;
  }
  const lasts = durationText(Math.max(0, now - Date.parse(recording.since)));
  const lost = recording.lost_ms > 0 ? ` The disk is slow: ${seconds(recording.lost_ms)} are missing.` : '';
  return { isOn: true, text: 'This conference is being recorded.', detail: `${lasts}${lost}` };
}

/** One of the subscriber's recordings: how long it is, how large, and what went wrong. */
export function recordingText({ duration_s: duration, bytes, ending, lost_s: lost }) {
  if (ending === null) return 'Being recorded';
  const parts = [durationText(duration * 1_000), `${(bytes / MEGABYTE).toFixed(1)} MB`];
  if (lost > 0) parts.push(`${seconds(lost * 1_000)} missing`);
  if (TROUBLES[ending]) parts.push(TROUBLES[ending]);
  return parts.join(' · ');
}

function seconds(milliseconds) {
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
