import { formatDuration } from '../../../base/units.ts';
import { METRIC_NAME, compareCodeUnits } from '../../../model/labels.ts';
import { formatFloat } from '../format-float.ts';
import type {
  Aggregate,
  Binary,
  Duration,
  Expr,
  NumberLiteral,
  TimeModifiers,
  VectorMatching,
  VectorSelector,
} from './ast.ts';
import { quote } from './literals.ts';

const LEGACY_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** PromQL text of a tree, on one line, in Prometheus' own spelling. */
export function formatExpr(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return formatNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'selector':
      return formatSelector(expr) + formatAt(expr) + formatExtended(expr) + formatOffset(expr);
    case 'matrix': {
      const { selector } = expr;
      const range = formatLength(expr.rangeMs, expr.rangeExpr);
      return `${formatSelector(selector)}[${range}]${formatExtended(selector)}${formatAt(selector)}${formatOffset(selector)}`;
    }
    case 'subquery': {
      const step = expr.stepMs === 0 && !expr.stepExpr ? '' : formatLength(expr.stepMs, expr.stepExpr);
      return `${formatExpr(expr.expr)}[${formatLength(expr.rangeMs, expr.rangeExpr)}:${step}]${formatAt(expr)}${formatOffset(expr)}`;
    }
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
  const parts: string[] = [];
  for (const { name, operator, value } of selector.matchers) {
    if (name === METRIC_NAME && operator === '=' && value === selector.name && value !== '') continue;
    parts.push(`${formatLabel(name)}${operator}${quote(value)}`);
  }
  if (parts.length === 0) return selector.name === '' ? '{}' : selector.name;
  return `${selector.name}{${parts.sort(compareCodeUnits).join(',')}}`;
}

function formatAt({ at }: TimeModifiers): string {
  if (at === undefined) return '';
  return typeof at === 'number' ? ` @ ${(at / 1000).toFixed(3)}` : ` @ ${at}()`;
}

function formatExtended({ extended }: VectorSelector): string {
  return extended === undefined ? '' : ` ${extended}`;
}

function formatOffset({ offsetMs, offsetExpr }: TimeModifiers): string {
  return offsetMs === 0 && !offsetExpr ? '' : ` offset ${formatLength(offsetMs, offsetExpr)}`;
}

function formatLength(ms: number, expr: Duration | undefined): string {
  return expr ? formatDurationExpr(expr) : formatDuration(ms);
}

/** Text of a duration expression. */
export function formatDurationExpr(duration: Duration): string {
  switch (duration.kind) {
    case 'number':
      return formatNumber(duration);
    case 'duration-paren':
      return `(${formatDurationExpr(duration.expr)})`;
    case 'duration-unary':
      return duration.operator + formatDurationExpr(duration.expr);
    case 'duration-binary':
      return `${formatDurationExpr(duration.left)} ${duration.operator} ${formatDurationExpr(duration.right)}`;
    case 'duration-call':
      return `${duration.name}(${duration.args.map(formatDurationExpr).join(', ')})`;
  }
}

function formatNumber({ value, duration }: NumberLiteral): string {
  if (!duration) return formatFloat(value);
  const negative = value < 0 || Object.is(value, -0);
  return `${negative ? '-' : ''}${formatDuration(Math.abs(value) * 1000)}`;
}

function formatLabel(name: string): string {
  return LEGACY_LABEL.test(name) ? name : quote(name);
}

function formatBinary(expr: Binary): string {
  let modifiers = expr.bool ? ' bool' : '';
  const { matching } = expr;
  const grouped = matching?.cardinality === 'many-to-one' || matching?.cardinality === 'one-to-many';
  if (matching && (matching.on || matching.labels.length > 0 || grouped)) {
    modifiers += ` ${matching.on ? 'on' : 'ignoring'} (${matching.labels.map(formatLabel).join(', ')})`;
  }
  if (matching && grouped) {
    modifiers += ` group_${matching.cardinality === 'many-to-one' ? 'left' : 'right'} (${matching.include.map(formatLabel).join(', ')})`;
  }
  if (matching?.fill) modifiers += formatFill(matching.fill);
  return `${formatExpr(expr.left)} ${expr.operator}${modifiers} ${formatExpr(expr.right)}`;
}

function formatFill({ left, right }: NonNullable<VectorMatching['fill']>): string {
  // Two equal fills are one; NaN is written twice, as Prometheus does.
  if (left !== undefined && left === right) return ` fill (${formatFloat(left)})`;
  const leftText = left === undefined ? '' : ` fill_left (${formatFloat(left)})`;
  return leftText + (right === undefined ? '' : ` fill_right (${formatFloat(right)})`);
}

function formatAggregate(expr: Aggregate): string {
  const labels = expr.grouping.map(formatLabel).join(', ');
  const clause = expr.without ? ` without (${labels}) ` : expr.grouping.length > 0 ? ` by (${labels}) ` : '';
  const param = expr.param ? `${formatExpr(expr.param)}, ` : '';
  return `${expr.operator}${clause}(${param}${formatExpr(expr.expr)})`;
}
