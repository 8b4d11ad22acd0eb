import { stringify } from 'yaml';
import { SECRET_MASK, Secret } from '../../base/config-schema.ts';

/** Keys that hold secrets in some receiver; where the schema does not tell, the name must. */
const SECRET_KEY = /(?:password|secret|token|credentials|(?:^|_)key|webhook_url|slack_api_url)$/;

/** Where they may stand: elsewhere the same words are names of labels. */
const SECRET_SECTIONS: ReadonlySet<string> = new Set(['global', 'receivers']);

/**
 * The file as written, with `<secret>` wherever a secret stands. `checked` is what the schemas made of `raw`: they know which values
 * are secrets, at the same place.
 */
export function maskedText(raw: unknown, checked: object): string {
  const sections = checked as Readonly<Record<string, unknown>>;
  const top = Object.entries(raw as Readonly<Record<string, unknown>>).map(([name, section]) => [
    name,
    SECRET_SECTIONS.has(name) ? masked(section, sections[name], '') : section,
  ]);
  return stringify(Object.fromEntries(top), { lineWidth: 0, aliasDuplicateObjects: false });
}

function masked(raw: unknown, checked: unknown, key: string): unknown {
  if (raw === null || raw === undefined) return raw;
  if (checked instanceof Secret) return SECRET_MASK;
  if (typeof raw !== 'object') return SECRET_KEY.test(key) ? SECRET_MASK : raw;
  if (Array.isArray(raw)) {
    const list: readonly unknown[] = Array.isArray(checked) ? checked : [];
    return raw.map((item, i) => masked(item, list[i], key));
  }
  const map = typeof checked === 'object' && checked !== null ? (checked as Readonly<Record<string, unknown>>) : {};
  return Object.fromEntries(
    Object.entries(raw as Readonly<Record<string, unknown>>).map(([name, item]) => [
      name,
      masked(item, map[name], name),
    ]),
  );
}
