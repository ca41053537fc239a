// A parameter of the query; null when it is missing.

export function param(search, name) {
  return new URLSearchParams(search).get(name);
}
