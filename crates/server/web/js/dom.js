/**
 * Small helpers over the document. Text always goes in as text, never as markup.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** The element with this id; a page without it is a programming error. */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}

/**
 * A new element. `properties` are DOM properties (`className`, `textContent`…), with `dataset` and
 * `attributes` as objects of their own.
 */
export function create(tag, properties = {}, ...children) {
  const { dataset = {}, attributes = {}, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** An icon of img/icons.svg, which screen readers skip. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  svg.append(use);
  setIcon(svg, name);
  return svg;
}

/** Makes an icon show another one. */
export function setIcon(svg, name) {
  const href = `/assets/img/icons.svg#${name}`;
  const use = svg.querySelector('use');
  if (use.getAttribute('href') !== href) use.setAttribute('href', href);
}

/** Sets text only when it differs, so that nothing is read out or selected away for no reason. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Shows or hides an element. */
export function show(element, visible) {
  element.hidden = !visible;
}
