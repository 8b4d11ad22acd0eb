import { floatLabelText } from '@vedette/wire/exposition';
import { Labels, METRIC_NAME } from '../../../model/labels.ts';
import { type Matcher, createMatcher } from '../../../model/matcher.ts';
import type { SampleBuffer } from '../../../model/sample.ts';
import type { Conversion } from './alias-book.ts';
import { BOUND } from './identity.ts';

/**
 * The matchers to ask the stored metric with; `check` tests what they cannot express. Undefined when no series of it can match.
 */
export function convertMatchers(
  conversion: Conversion,
  matchers: readonly Matcher[],
): { readonly stored: readonly Matcher[]; readonly check: (labels: Labels) => boolean } | undefined {
  const storedLabel = new Map([...conversion.rename].map(([stored, asked]) => [asked, stored]));
  const stored: Matcher[] = [createMatcher(METRIC_NAME, '=', conversion.metric)];
  const afterwards: Matcher[] = [];
  for (const [name, value] of conversion.require) stored.push(createMatcher(name, '=', value));
  for (const matcher of matchers) {
    if (matcher.name === METRIC_NAME) continue;
    const fixed = conversion.add.get(matcher.name);
    if (fixed !== undefined) {
      if (!matcher.matches(fixed)) return undefined;
    } else if (conversion.require.has(matcher.name) || (matcher.name === BOUND && conversion.scalesBounds)) {
      afterwards.push(matcher);
    } else {
      stored.push(createMatcher(storedLabel.get(matcher.name) ?? matcher.name, matcher.operator, matcher.value));
    }
  }
  return { stored, check: (labels) => afterwards.every((matcher) => matcher.matches(labels.get(matcher.name))) };
}

/** Labels of a stored series under the name that was asked for. */
export function convertLabels(conversion: Conversion, name: string, labels: Labels): Labels {
  const converted = new Map<string, string>(conversion.add);
  for (const [label, value] of labels) {
    if (label === METRIC_NAME) converted.set(METRIC_NAME, name);
    else if (conversion.require.has(label)) continue;
    else if (label === BOUND && conversion.scalesBounds) converted.set(BOUND, scaledBound(conversion, value));
    else converted.set(conversion.rename.get(label) ?? label, value);
  }
  return Labels.fromMap(converted);
}

/** In Prometheus 3's spelling, `5.0`; without the last digits of a multiplication, which would make another bucket of it. */
function scaledBound({ numerator, denominator }: Conversion, bound: string): string {
  const value = Number(bound);
  // +Inf is no number to JavaScript and stays as it is.
  if (!Number.isFinite(value)) return bound;
  return floatLabelText(Number(((value * numerator) / denominator).toPrecision(15)));
}

/** Multiplies floats in place; NaN, and with it the stale marker, stays as it is. */
export function scaleValues(samples: SampleBuffer, from: number, numerator: number, denominator: number): void {
  if (numerator === denominator) return;
  const { value } = samples;
  for (let i = from; i < samples.length; i++) {
    const one = value[i] as number;
    if (one === one) value[i] = (one * numerator) / denominator;
  }
}
