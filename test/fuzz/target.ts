import type fc from 'fast-check';

/** A property by the name under which `npm run fuzz -- <word>` finds it. */
export type FuzzTarget = { readonly name: string; readonly property: fc.IRawProperty<unknown, boolean> };
