// The end of a switch that must name every case: a new case that is forgotten does not compile.

export function exhaustive(value: never): never {
  throw new TypeError(`unexpected case: ${String(value)}`);
}
