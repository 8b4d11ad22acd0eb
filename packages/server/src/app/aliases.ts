import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AliasBook, aliasingSelector, parseAliasFile } from '../metrics/query/index.ts';
import type { MetadataSource, SeriesSelector } from '../model/ports.ts';

/** The book of the catalogue's aliases. */
export function aliasBook(catalogDir: string): AliasBook {
  const file = join(catalogDir, 'aliases.yaml');
  return new AliasBook(parseAliasFile(readFileSync(file, 'utf8'), file));
}

/** The store as readers see it: every spelling of the catalogue's figures is answered while that is wanted. */
export function withAliases(
  store: SeriesSelector & MetadataSource,
  book: AliasBook,
  wanted: () => boolean,
): SeriesSelector & MetadataSource {
  return aliasingSelector(store, book, wanted);
}
