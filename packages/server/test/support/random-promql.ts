import fc from 'fast-check';
import { quote } from '../../src/metrics/query/parse/literals.ts';

const name = fc.constantFrom('up', 'node:cpu:rate5m', 'sum', 'fill', 'offset', 'by', 'step', 'a_total', 'Anchored');
const label = fc.constantFrom('job', 'on', 'by', 'le', '"l.a"', '"ü b"');
const text = fc.oneof(
  fc.constantFrom('', 'x', '.*', 'a|b', 'line\nbreak', 'tab\t"quoted"', 'back\\\\slash', '\u0001', 'пре', '😀'),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);
const pattern = fc.constantFrom('', 'x', '.*', 'a|b', '.+\\.rtsp', '[a-zü]{2}', '(?i)door');
const matcher = fc
  .oneof(fc.tuple(label, fc.constantFrom('=', '!='), text), fc.tuple(label, fc.constantFrom('=~', '!~'), pattern))
  .map(([key, operator, value]) => `${key}${operator}${quote(value)}`);
const literal = fc.constantFrom('5m', '1h30m', '90', '0.5', '1500ms', '2w', '0x1F', '1e3', '.5');
const duration = fc.letrec<{ expr: string }>((tie) => ({
  expr: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    literal,
    fc.constantFrom('step()', 'range()', 'STEP()'),
    fc.tuple(fc.constantFrom('-', '+'), tie('expr')).map(([sign, inner]) => `${sign}${inner}`),
    tie('expr').map((inner) => `(${inner})`),
    fc
      .tuple(tie('expr'), fc.constantFrom('+', '-', '*', '/', '%', '^'), tie('expr'))
      .map(([left, operator, right]) => `${left} ${operator}${right}`)
      .filter((made) => !/[/%]\s*[-+(]*0*\.?0*(?:\D|$)/.test(made)),
    fc
      .tuple(fc.constantFrom('min_of', 'max_of'), tie('expr'), tie('expr'))
      .map(([call, left, right]) => `${call}(${left},${right})`),
  ),
})).expr;
const positive = fc.oneof(
  literal,
  literal,
  duration.map((inner) => `(${inner})`),
);
const offsets = fc.oneof(
  fc.constant(''),
  literal.map((length) => ` offset -${length}`),
  duration.map((length) => ` offset (${length})`),
  fc.constant(' offset -max_of(step(), 5m)'),
);
const at = fc.constantFrom('', ' @ 1.5', ' @ -100', ' @ start()', ' @ end()', ' @ 5m');
const extended = fc.constantFrom('', '', ' anchored', ' smoothed');
const selector = fc
  .tuple(name, fc.array(matcher, { maxLength: 3 }))
  .map(([metric, matchers]) => (matchers.length === 0 ? metric : `${metric}{${matchers.join(', ')}}`));
const nameless = fc.array(matcher, { maxLength: 2 }).map((rest) => `{${['"my.metric"', ...rest].join(',')}}`);
const instant = fc.tuple(fc.oneof(selector, selector, nameless), extended, at, offsets).map((parts) => parts.join(''));
const range = fc
  .tuple(fc.oneof(selector, nameless), positive, extended, at, offsets)
  .map(([metric, length, extension, time, offset]) => `${metric}[${length}]${extension}${offset}${time}`);
const labels = fc.array(label, { maxLength: 3 }).map((list) => `(${list.join(', ')})`);
const fills = fc.constantFrom(
  '',
  '',
  ' fill(0)',
  ' fill_left(-1) fill_right (5m)',
  ' fill_right(+Inf) fill_left(2)',
  ' fill(NaN)',
);
const matching = fc.oneof(
  fc.constant(''),
  fc.tuple(fc.constantFrom(' on', ' ignoring'), labels).map(([word, list]) => word + list),
  fc
    .tuple(labels, fc.constantFrom(' group_left()', ' group_right(extra)', ' group_left("é")'))
    .map(([list, side]) => ` ignoring${list}${side}`),
);

/** Random queries that keep to the rules of types, so that they parse. */
export const {
  vector: promqlVector,
  scalar: promqlScalar,
  matrix: promqlMatrix,
} = fc.letrec<{ vector: string; scalar: string; matrix: string }>((tie) => ({
  vector: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    instant,
    tie('vector').map((inner) => `(${inner})`),
    tie('vector').map((inner) => `-${inner}`),
    fc
      .tuple(
        tie('vector'),
        fc.constantFrom('+', '-', '*', '/', '%', '^', ' atan2 ', '==', '!= bool', '>=', '<', '</', '>/'),
        matching,
        fills,
        tie('vector'),
      )
      // Modifiers must stay between two vectors, however the neighbours bind.
      .map(([left, operator, match, fill, right]) => `(${left}) ${operator}${match}${fill} (${right})`),
    fc
      .tuple(tie('vector'), fc.constantFrom('+', '-', '*', '^', '==', '</'), tie('vector'))
      .map((parts) => parts.join(' ')),
    fc
      .tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), fc.oneof(fc.constant(''), labels), tie('vector'))
      .map(([left, operator, list, right]) => `${left} ${operator}${list && ` on${list}`} ${right}`),
    fc.tuple(tie('vector'), fc.constantFrom('+', '>', '^'), tie('scalar')).map((parts) => parts.join(' ')),
    fc.tuple(tie('scalar'), fc.constantFrom('*', '< bool'), tie('vector')).map((parts) => parts.join(' ')),
    fc
      .tuple(
        fc.constantFrom('sum', 'AVG', 'stdvar', 'group'),
        fc.constantFrom(' by', ' without'),
        labels,
        tie('vector'),
      )
      .map(([operator, word, list, inner]) => `${operator}${word}${list}(${inner})`),
    fc
      .tuple(fc.constantFrom('topk', 'quantile', 'limit_ratio'), tie('scalar'), tie('vector'))
      .map(([operator, parameter, inner]) => `${operator}(${parameter}, ${inner})`),
    fc
      .tuple(fc.constantFrom('rate', 'changes', 'last_over_time'), tie('matrix'))
      .map(([call, inner]) => `${call}(${inner})`),
    tie('vector').map((inner) => `label_replace(${inner}, "a", '$1', \`b\`, "(.*)")`),
  ),
  scalar: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('1', '2.', '1e-9', '1e300', '0x1f', '1_000', '(Inf)', 'NaN', '5m', '0755', '-3', 'pi()', 'start()'),
    tie('scalar').map((inner) => `(${inner})`),
    tie('scalar').map((inner) => `- ${inner}`),
    fc.tuple(tie('scalar'), fc.constantFrom('+', '^', '%', '== bool'), tie('scalar')).map((parts) => parts.join(' ')),
    fc.tuple(tie('scalar'), tie('scalar')).map(([a, b]) => `min_of(${a}, ${b})`),
  ),
  matrix: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    range,
    range,
    fc
      .tuple(tie('vector'), positive, fc.oneof(fc.constant(''), positive), at, offsets)
      .map(([inner, length, step, time, offset]) => `(${inner})[${length}:${step}]${time}${offset}`),
  ),
}));

/** The tree without places and signs of no effect, and with matchers in one order: what two spellings of a query have in common. */
export function meaning(expr: unknown): unknown {
  if (Array.isArray(expr)) return expr.map(meaning);
  if (typeof expr !== 'object' || expr === null) return expr;
  // A plus sign changes nothing; Infinity is written with one.
  if ('kind' in expr && expr.kind === 'unary' && 'operator' in expr && expr.operator === '+' && 'expr' in expr)
    return meaning(expr.expr);
  const entries = Object.entries(expr)
    .filter(([key, value]) => key !== 'span' && key !== 'operatorSpan' && typeof value !== 'function')
    .map(([key, value]): [string, unknown] => {
      if (key !== 'matchers') return [key, meaning(value)];
      return [key, (meaning(value) as unknown[]).map((one) => JSON.stringify(one)).sort()];
    });
  return Object.fromEntries(entries);
}
