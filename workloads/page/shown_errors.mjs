// Shows what is wrong, each error beside its field and all of them in the summary.

import { isJson } from './order_form.mjs';

const summary = document.getElementById('summary');
const title = document.getElementById('summary-title');
const list = document.getElementById('summary-errors');
const orderErrors = document.getElementById('order-error');

// Of fields that go by another name than their own.
const LABELS = {
  q: 'Handling',
  email: 'Email address',
  sku: 'SKU',
  price_cents: 'Price in cents',
};

export const areShown = () => !summary.hidden;

export function showErrors(errors, by) {
  clearErrors();
  summary.hidden = errors.length === 0;
  const fields = errors.length === 1 ? 'one field' : `${errors.length} fields`;
  title.textContent = `${by}: ${fields} to mend`;
  for (const error of errors) {
    const place = placeOf(error.field);
    const input = inputOf(error.field, place);
    list.append(summaryLine(error, input));
    input?.setAttribute('aria-invalid', 'true');
    if (place) {
      place.textContent = error.words;
    } else {
      orderErrors.append(line(`${nameOf(error.field)}: ${error.words}`));
    }
  }
}

export function focusSummary() {
  summary.focus();
}

function clearErrors() {
  for (const input of document.querySelectorAll('[aria-invalid]')) {
    input.removeAttribute('aria-invalid');
  }
  for (const place of document.querySelectorAll('.error')) place.replaceChildren();
  list.replaceChildren();
}

// Beside the field. What is pasted has one place for all but q.
function placeOf(field) {
  const hasOwn = field === 'q' || !isJson();
  return hasOwn && field !== 'order' ? document.getElementById(`${field}-error`) : null;
}

function inputOf(field, place) {
  if (place) return document.getElementById(field);
  return isJson() ? document.getElementById('order') : null;
}

function summaryLine({ field, words }, input) {
  const shown = line('');
  shown.dataset.field = field;
  shown.append(input ? linkTo(input, nameOf(field)) : nameOf(field), `: ${words}`);
  return shown;
}

function linkTo(input, name) {
  const link = document.createElement('a');
  link.href = `#${input.id}`;
  link.textContent = name;
  link.addEventListener('click', (event) => {
    event.preventDefault();
    input.focus();
  });
  return link;
}

function line(text) {
  const shown = document.createElement('li');
  shown.textContent = text;
  return shown;
}

// items.0.sku: Item 1, SKU
function nameOf(field) {
  const [, index, part] = field.split('.');
  if (index === undefined) return labelOf(field);
  const item = `Item ${Number(index) + 1}`;
  return part ? `${item}, ${labelOf(part)}` : item;
}

function labelOf(name) {
  return LABELS[name] ?? name.charAt(0).toUpperCase() + name.slice(1);
}
