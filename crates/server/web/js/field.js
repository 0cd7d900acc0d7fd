/**
 * What the server says about one field, shown at that field: the field `x` has its message in
 * `#x-error`, which describes it to screen readers.
 */
import { byId, setText, show } from './dom.js';

/** Shows a message at a field until its value changes, and takes the keyboard there. */
export function refuseField(input, message) {
  const error = byId(`${input.id}-error`);
  setText(error, message);
  show(error, true);
  input.setAttribute('aria-invalid', 'true');
  input.focus();
  input.addEventListener('input', () => acceptField(input), { once: true });
}

/** Takes a field's message away. */
export function acceptField(input) {
  const error = byId(`${input.id}-error`);
  setText(error, '');
  show(error, false);
  input.removeAttribute('aria-invalid');
}

/**
 * Shows a refused request: at the field it names, if `fields` (by name in the API) has that, else in
 * `elsewhere`.
 */
export function showProblem(problem, fields, elsewhere) {
  const input = fields[problem.field];
  if (input) {
    refuseField(input, problem.message);
    return;
  }
  setText(elsewhere, problem.message);
  show(elsewhere, true);
}

/** Takes away what was said of refused requests elsewhere than at fields. */
export function clearProblems() {
  for (const line of document.querySelectorAll('[data-problem]')) show(line, false);
}
