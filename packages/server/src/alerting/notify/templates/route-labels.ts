import { VedetteError } from '../../../base/errors.ts';
import type { RunOptions, TemplateSet } from '../../../template/index.ts';
import type { Notification } from '../notification.ts';
import { templateData } from './template-data.ts';

/**
 * The message with its route labels filled in: their values are templates, which may ask for each other with `routeLabels`. Each is
 * filled in once, and what comes out is never filled in again. Throws TEMPLATE_INVALID, also for labels that ask for each other in a
 * circle.
 */
export function withRouteLabels(message: Notification, set: TemplateSet, run: RunOptions): Notification {
  const written = Object.entries(message.routeLabels);
  if (!written.some(([, value]) => value.includes('{{'))) return message;
  const raw = new Map(written);
  const done = new Map<string, string>();
  const data = templateData(message);
  const under: string[] = [];
  const fill = (name: string): string => {
    const value = raw.get(name) ?? '';
    if (!value.includes('{{')) return value;
    const known = done.get(name);
    if (known !== undefined) return known;
    if (under.includes(name))
      throw new VedetteError('TEMPLATE_INVALID', `route labels in a circle: ${[...under, name].join(' -> ')}`);
    under.push(name);
    const text = set.expand(value, data, { ...run, functions: routeLabelsFunction(fill) });
    under.pop();
    done.set(name, text);
    return text;
  };
  return { ...message, routeLabels: Object.fromEntries(written.map(([name]) => [name, fill(name)])) };
}

/** The function `routeLabels`; a label that is not there is empty. */
export function routeLabelsFunction(valueOf: (name: string) => string): NonNullable<RunOptions['functions']> {
  return new Map([
    [
      'routeLabels',
      ([name]) => {
        if (typeof name !== 'string') throw new Error('routeLabels: wants the name of a label');
        return valueOf(name);
      },
    ],
  ]);
}
