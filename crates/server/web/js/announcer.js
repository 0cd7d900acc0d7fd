/**
 * Reads things out to people who don't see the screen, through a polite live region.
 *
 * What happens in quick succession is said in one go: a live region that changes twice within a
 * moment is often read only once.
 */
const GATHER_MS = 250;

let waiting = [];

/** Has `sentence` read out soon. */
export function announce(sentence) {
  waiting.push(sentence);
  if (waiting.length === 1) setTimeout(speak, GATHER_MS);
}

function speak() {
  document.getElementById('announcer').textContent = waiting.join(' ');
  waiting = [];
}
