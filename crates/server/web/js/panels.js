/** A section that shows one of its panels at a time, and moves the keyboard's focus along with it. */
import { show } from './dom.js';

/** Shows the panel with this id and no other of the section. */
export function switchPanel(section, id) {
  const hadFocus = section.contains(document.activeElement);
  let changed = false;
  for (const panel of section.querySelectorAll(':scope > .panel')) {
    const wanted = panel.id === id;
    changed ||= wanted && panel.hidden;
    show(panel, wanted);
  }
  if (changed && hadFocus) focusPanel(section, id);
}

/** Takes keyboard and eyes to a new panel: on a small screen its top may have been scrolled away. */
function focusPanel(section, id) {
  section.querySelector(`#${id} h2[tabindex]`)?.focus({ preventScroll: true });
  if (section.getBoundingClientRect().top < 0) section.scrollIntoView({ block: 'start' });
}
