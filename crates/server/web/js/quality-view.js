/** The sign of a connection's quality in a row of the roster: three bars, with details on demand. */
import { create, icon, setIcon, setText, show } from './dom.js';
import { detailsOf, ratingOf, ratingWords } from './quality.js';

const ICONS = { good: 'bars', fair: 'bars-fair', poor: 'bars-poor' };

export class QualitySign {
  /** The button, which opens and closes `details`. */
  button = create('button', { className: 'button button-icon person-quality', type: 'button' });
  details = create('dl', { className: 'person-details', hidden: true });
  #icon = icon('bars');
  #shown = '';

  /** `id` names the details within the document. */
  constructor(id) {
    this.details.id = `quality-${id}`;
    this.button.append(this.#icon);
    this.button.setAttribute('aria-controls', this.details.id);
    this.button.setAttribute('aria-expanded', 'false');
    this.button.addEventListener('click', () => this.#open(this.details.hidden));
  }

  /** Shows a person's quality; `own` are my own measurements, or null. */
  render({ label, quality }, own) {
    const rating = ratingOf(quality);
    show(this.button, rating !== null);
    if (rating === null) {
      this.#open(false);
      return;
    }
    setIcon(this.#icon, ICONS[rating]);
    this.button.dataset.rating = rating;
    this.button.title = ratingWords(rating);
    this.button.setAttribute('aria-label', `${label}: ${ratingWords(rating)}. Details`);
    this.#fill(detailsOf(quality, own));
  }

  #open(open) {
    this.button.setAttribute('aria-expanded', String(open));
    show(this.details, open);
  }

  /** Changes texts in place as long as the rows are the same. */
  #fill(rows) {
    const terms = rows.map(([term]) => term).join();
    if (terms !== this.#shown) {
      this.#shown = terms;
      this.details.replaceChildren(
        ...rows.map(([term]) => {
          return create('div', {}, create('dt', { textContent: term }), create('dd'));
        }),
      );
    }
    rows.forEach(([, value], index) => setText(this.details.children[index].lastChild, value));
  }
}
