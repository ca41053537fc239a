// One module for browsers of a package that is written for Node.js's `require`, with all that it
// needs.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const REQUIRE = /\brequire\((["'])(.+?)\1\)/g;

// `from` is a file or a folder's URL with a slash: the package is looked up from there.
export function bundle(name, from) {
  const files = [createRequire(from).resolve(name)];
  const modules = [];
  for (const file of files) {
    modules.push(moduleOf(file, files));
  }
  return `const modules = [${modules.join(',\n')}];
const loaded = [];
function load(index) {
  if (!loaded[index]) {
    const module = (loaded[index] = { exports: {} });
    const [run, needs] = modules[index];
    run(module, module.exports, (name) => load(needs[name]));
  }
  return loaded[index].exports;
}
export default load(0).default ?? load(0);
`;
}

// A function of the file's text, and the places in `files` of what that requires.
function moduleOf(file, files) {
  const text = readFileSync(file, 'utf8');
  if (file.endsWith('.json')) return `[(module) => { module.exports = ${text} }, {}]`;
  const { resolve } = createRequire(file);
  const needs = {};
  for (const [, , name] of text.matchAll(REQUIRE)) {
    const needed = resolve(name);
    if (!files.includes(needed)) files.push(needed);
    needs[name] = files.indexOf(needed);
  }
  return `[(module, exports, require) => {\n${text}\n}, ${JSON.stringify(needs)}]`;
}
