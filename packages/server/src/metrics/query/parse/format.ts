import { formatDuration } from '../../../base/units.ts';
import { METRIC_NAME } from '../../../model/labels.ts';
import { formatFloat } from '../format-float.ts';
import type { Aggregate, Binary, Expr, TimeModifiers, VectorSelector } from './ast.ts';
import { quote } from './literals.ts';

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** PromQL text of a tree, on one line, in Prometheus' own spelling. */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return expr.duration
        ? `${expr.value < 0 ? '-' : ''}${formatDuration(Math.abs(expr.value) * 1000)}`
        : formatFloat(expr.value);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return formatSelector(expr) + formatModifiers(expr);
    case 'matrix':
      return `${formatSelector(expr.selector)}[${formatDuration(expr.rangeMs)}]${formatModifiers(expr.selector)}`;
    case 'subquery':
      return `${formatExpr(expr.expr)}[${formatDuration(expr.rangeMs)}:${expr.stepMs === 0 ? '' : formatDuration(expr.stepMs)}]${formatModifiers(expr)}`;
    case 'paren':
      return `(${formatExpr(expr.expr)})`;
    case 'unary':
      return expr.operator + formatExpr(expr.expr);
    case 'step-invariant':
      return formatExpr(expr.expr);
    case 'binary':
      return formatBinary(expr);
    case 'call':
      return `${expr.name}(${expr.args.map(formatExpr).join(', ')})`;
    case 'aggregate':
      return formatAggregate(expr);
  }
}

function formatSelector(selector: VectorSelector): string {
  const bare = LEGACY_NAME.test(selector.name);
  const parts: string[] = [];
  if (selector.name !== '' && !bare) parts.push(quote(selector.name));
  for (const matcher of selector.matchers) {
    if (matcher.name === METRIC_NAME && matcher.operator === '=' && matcher.value === selector.name) continue;
    parts.push(`${formatLabel(matcher.name)}${matcher.operator}${quote(matcher.value)}`);
  }
  const name = bare ? selector.name : '';
  return parts.length === 0 && name !== '' ? name : `${name}{${parts.join(',')}}`;
}

function formatModifiers(node: TimeModifiers): string {
  let text = '';
  if (node.at !== undefined)
    text += typeof node.at === 'number' ? ` @ ${(node.at / 1000).toFixed(3)}` : ` @ ${node.at}()`;
  if (node.offsetMs !== 0) text += ` offset ${formatDuration(node.offsetMs)}`;
  return text;
}

function formatLabel(name: string): string {
  return LEGACY_LABEL.test(name) ? name : quote(name);
}

function formatBinary(expr: Binary): string {
  let modifiers = expr.bool ? ' bool' : '';
  const { matching } = expr;
  if (matching && (matching.on || matching.labels.length > 0)) {
    modifiers += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.map(formatLabel).join(', ')})`;
  }
  if (matching?.cardinality === 'many-to-one' || matching?.cardinality === 'one-to-many') {
    modifiers += ` group_${matching.cardinality === 'many-to-one' ? 'left' : 'right'} (${matching.include.map(formatLabel).join(', ')})`;
  }
  return `${formatExpr(expr.left)} ${expr.operator}${modifiers} ${formatExpr(expr.right)}`;
}

function formatAggregate(expr: Aggregate): string {
  const labels = expr.grouping.map(formatLabel).join(', ');
  const clause = expr.without ? ` without (${labels}) ` : expr.grouping.length > 0 ? ` by (${labels}) ` : '';
  const param = expr.param ? `${formatExpr(expr.param)}, ` : '';
  return `${expr.operator}${clause}(${param}${formatExpr(expr.expr)})`;
}
