/**
 * Copy buttons: `<button data-copies="id">` copies the value or text of the element with that id and
 * says so for a moment.
 */
import { announce } from './announcer.js';
import { byId, create, icon, setIcon } from './dom.js';

const CONFIRMED_MS = 2_000;

/** A button with these `words` that copies `text`, which is shown nowhere. */
export function copyButton(text, label, { words: said = 'Copy link', action = 'copy' } = {}) {
  const words = create('span', { textContent: said, dataset: { copyText: '' } });
  const button = create(
    'button',
    {
      className: 'button button-text',
      type: 'button',
      dataset: { action },
      attributes: { 'aria-label': label },
    },
    icon('copy'),
    words,
  );
  button.addEventListener('click', async () => {
    const source = create('textarea', { value: text, readOnly: true, className: 'visually-hidden' });
    button.after(source);
    await copy(button, source, said);
    source.remove();
  });
  return button;
}

/** Brings all copy buttons of the page to life. */
export function enableCopyButtons() {
  for (const button of document.querySelectorAll('[data-copies]')) {
    button.addEventListener('click', () => copy(button, byId(button.dataset.copies), 'Copy'));
  }
}

async function copy(button, source, text) {
  if (!(await toClipboard(source))) {
    source.focus();
    announce('Copying is not allowed here. The text is selected: copy it by keyboard.');
    return;
  }
  announce('Copied.');
  mark(button, 'Copied', 'check');
  setTimeout(() => mark(button, text, 'copy'), CONFIRMED_MS);
}

/** The clipboard needs a secure origin; elsewhere the selected text is copied the old way. */
async function toClipboard(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    source.select?.();
    return document.execCommand('copy');
  }
}

function mark(button, text, icon) {
  button.querySelector('[data-copy-text]').textContent = text;
  setIcon(button.querySelector('svg'), icon);
}
