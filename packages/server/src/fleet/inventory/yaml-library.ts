import { parseDocument } from 'yaml';
import { YAML_LEVELS_MAX, findDeepYaml } from '../../base/yaml-depth.ts';

export interface YamlFault {
  readonly line: number;
  readonly message: string;
}

/** Of one value that is given to the library. */
export const VALUE_BYTES_MAX = 256 * 1024;

/** Any YAML, every scalar as its text. Faults are in our own words: those of the library may repeat what is written. */
export function readByLibrary(
  text: string,
  firstLine: number,
): { readonly value: unknown; readonly faults: readonly YamlFault[] } {
  const fault = (message: string, line = firstLine) => ({ value: undefined, faults: [{ line, message }] });
  if (findDeepYaml(text) !== undefined) return fault(`nests deeper than ${YAML_LEVELS_MAX} levels`);
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
    uniqueKeys: text.length < VALUE_BYTES_MAX,
  });
  const [error] = document.errors;
  if (error) {
    const line = firstLine + text.slice(0, error.pos[0]).split('\n').length - 1;
    // The words of the library may repeat what is written.
    return fault(`not valid YAML: ${WORDS[error.code] ?? 'check quoting and indentation'}`, line);
  }
  try {
    return { value: document.toJS({ maxAliasCount: 100 }), faults: [] };
  } catch {
    return fault('aliases that expand to too much; write repeated values out');
  }
}

const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'indent with spaces, not tabs',
  BAD_INDENT: 'align this line with its siblings',
  DUPLICATE_KEY: 'a key stands twice in one mapping',
  MULTIPLE_DOCS: 'a second document; an inventory is one document',
};
