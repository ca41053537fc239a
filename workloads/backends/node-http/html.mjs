// html`...` is markup; the values in it are escaped, unless they are markup themselves.

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

class Markup {
  #text;

  constructor(text) {
    this.#text = text;
  }

  toString() {
    return this.#text;
  }
}

export function html(strings, ...values) {
  return new Markup(String.raw({ raw: strings }, ...values.map(escaped)));
}

function escaped(value) {
  if (Array.isArray(value)) {
    return value.map(escaped).join('');
  }
  if (value instanceof Markup) {
    return value.toString();
  }
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
