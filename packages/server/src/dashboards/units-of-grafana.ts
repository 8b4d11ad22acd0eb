/** Unit ids of Grafana; the drawing side knows how to print them. */

/** What people write where Grafana wants an id, in the YAML dialect and in old files; lower case. */
const WRITTEN: ReadonlyMap<string, string> = new Map([
  ['%', 'percent'],
  ['percentage', 'percent'],
  ['bps', 'bps'],
  ['bit/s', 'bps'],
  ['bits/s', 'bps'],
  ['kbps', 'Kbits'],
  ['kbit/s', 'Kbits'],
  ['mbps', 'Mbits'],
  ['mbit/s', 'Mbits'],
  ['gbps', 'Gbits'],
  ['gbit/s', 'Gbits'],
  ['b/s', 'Bps'],
  ['bytes/s', 'Bps'],
  ['kb/s', 'KBs'],
  ['mb/s', 'MBs'],
  ['gb/s', 'GBs'],
  ['bytes', 'bytes'],
  ['kb', 'deckbytes'],
  ['mb', 'decmbytes'],
  ['gb', 'decgbytes'],
  ['tb', 'dectbytes'],
  ['milliseconds', 'ms'],
  ['seconds', 's'],
  ['sec', 's'],
  ['minutes', 'm'],
  ['hours', 'h'],
  ['days', 'd'],
  ['celsius', 'celsius'],
  ['°c', 'celsius'],
  ['fps', 'suffix: fps'],
]);

/** One word that is an id already; ids are letters, digits and a few marks. */
const ID = /^(?:[A-Za-z][A-Za-z0-9_]*|(?:prefix|suffix|time|si|count|currency|bool):.+)$/;

/** The id for a unit that a person wrote; words that no id fits are printed after the number. */
export function unitFromWords(words: string): string {
  const text = words.trim();
  if (text === '') return '';
  const known = WRITTEN.get(text.toLowerCase());
  if (known !== undefined) return known;
  return KNOWN_IDS.has(text) || text.includes(':') ? text : `suffix: ${text}`;
}

/** The id as a Grafana file has it; `none` and `short` keep their meaning, anything that is no id is printed as it stands. */
export function unitFromGrafana(unit: string): string {
  const text = unit.trim();
  if (text === '' || text === 'none') return text;
  return ID.test(text) ? text : unitFromWords(text);
}

const KNOWN_IDS: ReadonlySet<string> = new Set([
  'none', 'short', 'percent', 'percentunit', 's', 'ms', 'µs', 'ns', 'm', 'h', 'd', 'bytes', 'decbytes', 'bits', 'decbits',
  'kbytes', 'mbytes', 'gbytes', 'deckbytes', 'decmbytes', 'decgbytes', 'bps', 'Bps', 'binBps', 'binbps', 'Kbits', 'Mbits',
  'Gbits', 'KBs', 'MBs', 'GBs', 'ops', 'reqps', 'rps', 'wps', 'iops', 'pps', 'cps', 'opm', 'rpm', 'hertz', 'watt', 'volt',
  'celsius', 'fahrenheit', 'dtdurations', 'dtdurationms', 'dthms', 'dateTimeAsIso', 'dateTimeFromNow', 'bool', 'string',
]); // prettier-ignore
