/**
 * The syntax of Kubernetes' selectors, as far as a configuration can be checked without an API server.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */

const PREFIX = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const PREFIX_MAX = 253;
const NAME_MAX = 63;

/** What is wrong with `label` of a selector; undefined when nothing is. */
export function labelSelectorFault(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  // Commas inside parentheses part the values of one term.
  for (const term of text.split(/,(?![^()]*\))/)) {
    const [, not = '', key = '', rest = ''] = /^\s*(!?)\s*([^\s=!<>()]*)\s*(.*?)\s*$/s.exec(term) ?? [];
    if (!isKey(key)) return `"${term.trim()}" does not begin with a label's name`;
    const set = /^(?:in|notin)\s*\(([^()]*)\)$/.exec(rest)?.[1];
    const value = /^(?:==|=|!=)\s*(.*)$/s.exec(rest)?.[1];
    const isRight =
      not === '!'
        ? rest === ''
        : rest === '' ||
          /^[<>]\s*-?\d+$/.test(rest) ||
          (value !== undefined && isValue(value)) ||
          (set !== undefined && set.split(',').every((one) => isValue(one.trim())));
    if (!isRight) return `"${term.trim()}" is not a label selector; write a=b, a!=b, a in (b, c), a or !a`;
  }
  return undefined;
}

/** What is wrong with `field` of a selector; undefined when nothing is. */
export function fieldSelectorFault(text: string): string | undefined {
  const bad = text.split(/(?<!\\),/).find((term) => term !== '' && !/(?<!\\)=/.test(term));
  return bad === undefined ? undefined : `"${bad}" is not a field selector; write metadata.name=a or status.phase!=b`;
}

function isKey(key: string): boolean {
  const [name = '', prefix, ...more] = key.split('/').toReversed();
  return (
    more.length === 0 && isName(name) && (prefix === undefined || (prefix.length <= PREFIX_MAX && PREFIX.test(prefix)))
  );
}

function isName(text: string): boolean {
  return text.length <= NAME_MAX && NAME.test(text);
}

function isValue(text: string): boolean {
  return text === '' || isName(text);
}
