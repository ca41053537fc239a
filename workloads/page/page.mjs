// The page: checks an order by the rules that its server has, and sends what keeps them.
//
//   ?server=URL     where orders are sent; without it they are only checked
//   ?rules=python   checks by what a Python server's rules can be made into: python_schema.mjs

import { orderText, startForm, value } from './order_form.mjs';
import { areShown, focusSummary, showErrors } from './shown_errors.mjs';

const asked = new URLSearchParams(location.search);
const isPython = asked.get('rules') === 'python';
const rules = await import(isPython ? './python_schema.mjs' : './order_rules.mjs');

const form = document.getElementById('form');
const result = document.getElementById('result');
const reply = document.getElementById('reply');

startForm();
document.getElementById('checked-by').textContent = isPython
  ? 'a JSON Schema that pydantic made, and ajv'
  : 'order_rules.mjs, which the servers on Node.js load too';
if (!isPython) showHints(rules); // pydantic's schema has no words for people
form.addEventListener('submit', (event) => {
  event.preventDefault();
  place();
});
form.addEventListener('input', () => {
  say('');
  if (areShown()) check();
});

function showHints({ order, orderQuery, wordsOf }) {
  for (const { properties } of [orderQuery, order, order.properties.items.items]) {
    for (const [name, rule] of Object.entries(properties)) {
      document.getElementById(`${name}-hint`).textContent = wordsOf(rule);
    }
  }
  document.getElementById('item-hints').hidden = false;
}

function check() {
  const errors = rules.orderTextErrors(orderText(), value('q'));
  showErrors(errors, 'Not sent');
  return errors.length === 0;
}

async function place() {
  say('');
  if (!check()) {
    focusSummary();
  } else if (asked.has('server')) {
    await send(asked.get('server'));
  } else {
    say('Valid. It was not sent: no ?server= stands in the address.');
  }
}

async function send(server) {
  const query = new URLSearchParams({ q: value('q') });
  say('Sending …');
  try {
    const answer = await fetch(`${server.replace(/\/$/, '')}/orders/100000?${query}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: orderText(),
    });
    show(answer.status, await answer.text());
  } catch {
    say(`${server} was not reached, or does not let this page ask it.`);
  }
}

function show(status, text) {
  const body = parsed(text);
  if (body?.errors?.[0]?.field) {
    say('');
    showErrors(body.errors, 'Refused by the server');
    focusSummary();
  } else {
    say(status === 200 ? 'Placed. The server replied:' : `The server replied with ${status}:`);
    reply.textContent = body ? JSON.stringify(body, null, 2) : text;
    reply.hidden = false;
  }
}

function say(words) {
  result.textContent = words;
  reply.hidden = true;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
