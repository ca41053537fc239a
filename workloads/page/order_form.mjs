// The form: what is typed into it, as an order, and its rows of items.

const form = document.getElementById('form');
const rows = document.getElementById('rows');
const add = document.getElementById('add');
const template = document.getElementById('row');

const ITEM = ['sku', 'quantity', 'price_cents'];
const NUMBERS = new Set(['number', 'quantity', 'price_cents']);

export const value = (id) => document.getElementById(id).value;

export const isJson = () => form.elements.way.value === 'json';

// As it is sent.
export const orderText = () => (isJson() ? value('order') : JSON.stringify(typedOrder()));

function typedOrder() {
  const typed = (name) => read(name, value(name));
  return {
    number: typed('number'),
    customer: typed('customer'),
    email: typed('email'),
    items: [...rows.children].map(typedItem),
    note: typed('note'),
  };
}

function typedItem(row) {
  return Object.fromEntries(ITEM.map((name) => [name, read(name, inputOf(row, name).value)]));
}

// What is no number stays text, for the rules to refuse.
function read(name, text) {
  return NUMBERS.has(name) && /^\s*-?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : text;
}

export function startForm() {
  addRow();
  add.addEventListener('click', () => inputOf(addRow(), 'sku').focus());
  rows.addEventListener('click', ({ target }) => {
    if (target.matches('.remove')) remove(target.closest('.row'));
  });
  form.addEventListener('change', ({ target }) => {
    if (target.name === 'way') showWay();
  });
  showWay(); // a browser may keep what was chosen before a reload
}

function showWay() {
  document.getElementById('fields').hidden = isJson();
  document.getElementById('json').hidden = !isJson();
}

function addRow() {
  rows.append(template.content.cloneNode(true));
  number();
  return rows.lastElementChild;
}

function remove(row) {
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  number();
  (next?.querySelector('.remove') ?? add).focus();
}

// Fields have the names that errors have, such as items.0.sku. Who listens for input learns of it.
function number() {
  for (const [index, row] of [...rows.children].entries()) {
    row.querySelector('legend').textContent = `Item ${index + 1}`;
    row.querySelector('.remove').setAttribute('aria-label', `Remove item ${index + 1}`);
    for (const name of ITEM) {
      const input = inputOf(row, name);
      const field = input.parentElement;
      input.id = `items.${index}.${name}`;
      input.setAttribute('aria-describedby', `${name}-hint ${input.id}-error`);
      field.querySelector('label').htmlFor = input.id;
      field.querySelector('.error').id = `${input.id}-error`;
    }
  }
  form.dispatchEvent(new Event('input'));
}

function inputOf(row, name) {
  return row.querySelector(`[name="${name}"]`);
}
