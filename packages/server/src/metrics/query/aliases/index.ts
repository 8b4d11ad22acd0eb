/**
 * Many names for one figure: exporters and guides spell metrics differently, and every spelling is answered from what is stored.
 * In: a store and the definitions of catalog/aliases.yaml. Out: the same store, in which the spellings of a figure find each other.
 * Called by app, which puts it between the store and all who read metrics.
 */
export { type AliasFile, parseAliasFile } from './alias-file.ts';
export { AliasBook } from './alias-book.ts';
export { aliasingSelector } from './aliasing-selector.ts';
