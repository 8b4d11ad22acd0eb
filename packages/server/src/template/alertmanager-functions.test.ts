import { describe, expect, it } from 'vitest';
import { SystemClock } from '../base/clock.ts';
import { alertmanagerFunctions } from './alertmanager-functions.ts';
import { goTime } from './go-time.ts';
import { TemplateSet } from './template-set.ts';
import { TemplateMap, TemplateRecord, type TemplateValue } from './values.ts';

const NOW_MS = Date.UTC(2026, 5, 15, 12, 0, 30);
const set = new TemplateSet({ functions: alertmanagerFunctions(), clock: new SystemClock() });
const data = new TemplateRecord('*template.Data', {
  Receiver: 'pager',
  Start: goTime(Date.UTC(2026, 0, 15, 8, 5, 9)),
  Summer: goTime(Date.UTC(2026, 6, 15, 8, 5, 9)),
  Map: TemplateMap.ofStrings([
    ['b', '<2>'],
    ['a', '1'],
  ]),
  List: ['x', 'y'],
  Hostile: 'a'.repeat(5_000),
});
const run = (text: string, dot: TemplateValue = data): string => set.expand(text, dot, { nowMs: NOW_MS });
const fails = (text: string): string => {
  try {
    return `made ${run(text)}`;
  } catch (error) {
    return String(error);
  }
};

describe("Alertmanager's functions", () => {
  it.each([
    ['{{ "abc" | toUpper }} {{ toLower "ABC" }} [{{ trimSpace " a b " }}]', 'ABC abc [a b]'],
    [
      '{{ title "1abc foo-bar foo_bar don\'t fooBAR foo.bar a:b é" }}',
      "1Abc Foo-Bar Foo_bar Don't Foobar Foo.bar A:b É",
    ],
    ['{{ .List | join "," }} {{ join "" (stringSlice "a" "b") }}', 'x,y ab'],
    ['{{ match "^a+" "aab" }} {{ match "b$" "a" }}', 'true false'],
    ['{{ reReplaceAll "(a)b" "$1-" "abab" }}', 'a-a-'],
    ['{{ safeHtml "<b>" }}{{ safeUrl "javascript:x" }}', '<b>javascript:x'],
    ['{{ urlUnescape "a%20b+c%C3%A4" }}', 'a b cä'],
    ['{{ .Start | date "2006-01-02 15:04" }}', '2026-01-15 08:05'],
    ['{{ .Start | tz "Europe/Berlin" | date "15:04:05 MST -0700" }}', '09:05:09 CET +0100'],
    ['{{ .Summer | tz "Europe/Berlin" | date "15:04 MST" }}', '10:05 CEST'],
    ['{{ (tz "America/New_York" .Start).Format "Mon Jan 2 3:04PM Z07:00" }}', 'Thu Jan 15 3:05AM -05:00'],
    ['{{ (tz "America/Sao_Paulo" .Start).Format "15:04 MST" }}', '05:05 -03'],
    ['{{ (tz "Asia/Kolkata" .Start).Hour }} {{ (tz "Asia/Kolkata" .Start) }}', '13 2026-01-15 13:35:09 +0530 IST'],
    [
      '{{ (now).Unix }} {{ now.Unix }} {{ now.UTC.Year }} {{ now | date "2006" }}',
      `${NOW_MS / 1000} ${NOW_MS / 1000} 2026 2026`,
    ],
    ['{{ since (toDate "2006-01-02 15:04:05" "2026-06-15 11:00:00") }}', '1h0m30s'],
    ['{{ since (toDate "2006-01-02 15:04:05" "2026-06-15 11:00:00") | humanizeDuration }}', '1h 0m 30s'],
    ['{{ humanizeDuration 90 }} {{ humanizeDuration 0.5 }}', '1m 30s 500ms'],
    ['{{ (toDate "Jan 2, 2006 at 3:04pm (MST)" "Feb 3, 2013 at 7:54pm (PST)").Unix }}', '1359921240'],
    ['{{ (mustToDate "2006-01-02T15:04:05Z07:00" "2026-01-15T10:00:00.5+02:00").UnixMilli }}', '1768464000500'],
    ['{{ (toDate "2006" "nope").IsZero }} {{ (.Summer.Sub .Start).Hours }}', 'true 4344'],
    [
      '{{ toJson "a<b>&\\"" }} {{ toJson 42 }} {{ toJson true }} {{ toJson .List }}',
      '"a\\u003cb\\u003e\\u0026\\"" 42 true ["x","y"]',
    ],
    [
      '{{ toJson .Map }} {{ toJson nil }} {{ toJson .Start }}',
      '{"a":"1","b":"\\u003c2\\u003e"} null "2026-01-15T08:05:09Z"',
    ],
    ['{{ "flush>>" | base64encode }} {{ "dGVzdA==" | base64decode }}', 'Zmx1c2g-Pg== test'],
    ['{{ dict }} {{ dict "b" 2 "a" 1 }} {{ (dict "a" "x").a }}', 'map[] map[a:1 b:2] x'],
    ['{{ $l := list "a" 1 }}{{ $l = append $l "c" }}{{ $l }} {{ list }} {{ len $l }}', '[a 1 c] [] 3'],
    [
      '{{ $l := list }}{{ range .List }}{{ $l = append $l (dict "v" .) }}{{ end }}{{ toJson $l }}',
      '[{"v":"x"},{"v":"y"}]',
    ],
    ['[{{ routeLabels "none" }}]', '[]'],
  ])('%s', (text, expected) => {
    expect(run(text)).toBe(expected);
  });

  it.each([
    ['{{ dict "a" }}', 'even number'],
    ['{{ dict 1 2 }}', 'keys must be strings'],
    ['{{ "nope!" | base64decode }}', 'illegal base64'],
    ['{{ urlUnescape "%zz" }}', 'invalid URL escape "%zz"'],
    ['{{ tz "Mars/Olympus" .Start }}', 'unknown time zone Mars/Olympus'],
    ['{{ mustToDate "2006-01-02" "2026-02-30" }}', 'do not agree'],
    ['{{ date "2006" "2026" }}', 'wants a time'],
    ['{{ join "," (list 1 2) }}', 'list of strings'],
    ['{{ match "(" "a" }}', 'error parsing regexp'],
    ['{{ append "a" "b" }}', 'wants a list'],
    ['{{ query "up" }}', 'not defined'],
  ])('%s fails: %s', (text, words) => {
    expect(fails(text)).toContain(words);
  });

  it.each([
    ['searches', '{{ range 100000 }}{{ if match "(a|aa)+$" $.Hostile }}x{{ end }}{{ end }}'],
    ['JSON of JSON', '{{ $x := toJson .Hostile }}{{ range 60 }}{{ $x = toJson $x }}{{ end }}'],
    ['lists that double', '{{ $l := list 1 }}{{ range 60 }}{{ $l = append $l $l $l }}{{ end }}{{ toJson $l }}'],
    ['joining', '{{ $l := list .Hostile }}{{ range 5000 }}{{ $l = append $l $.Hostile }}{{ end }}{{ join "" $l }}'],
  ])('%s end soon', (_, text) => {
    const started = performance.now();
    expect(fails(text)).toContain('template 1:');
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});
