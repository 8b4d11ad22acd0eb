import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runRuleTests } from '../../src/app/index.ts';

/**
 * Templates of an alert, expanded here and by an installed promtool: what came out here is what promtool is told to expect. The
 * expectations beside them are the documented ones, for machines without it.
 */
const TEMPLATES: readonly (readonly [template: string, expected: string])[] = [
  ['{{ $value }} {{ .Value }} {{ printf "%.3f" $value }}', '1234.5 1234.5 1234.500'],
  ['{{ $labels.camera }} {{ .Labels.site }} [{{ $labels.gone }}]', 'gate north []'],
  ['{{ $externalLabels.region }} {{ .ExternalLabels.region }} {{ $externalURL }}', 'west west http://p.example/sub'],
  [
    '{{ humanize 0 }} {{ humanize 1234567 }} {{ humanize 0.00001234 }} {{ humanize -1500 }} {{ humanize 1e30 }}',
    '0 1.235M 12.34u -1.5k 1e+06Y',
  ],
  [
    '{{ humanize1024 0 }} {{ humanize1024 1048576 }} {{ humanize1024 1500 }} {{ humanize1024 0.5 }}',
    '0 1Mi 1.465ki 0.5',
  ],
  [
    '{{ humanizeDuration 0 }} {{ humanizeDuration 59.5 }} {{ humanizeDuration 3661 }} {{ humanizeDuration 100000 }} {{ humanizeDuration 0.00123 }} {{ humanizeDuration -90 }}',
    '0s 59.5s 1h 1m 1s 1d 3h 46m 40s 1.23ms -1m 30s',
  ],
  ['{{ humanizePercentage 0.1234567 }} {{ humanizePercentage 12 }} {{ humanizePercentage -0.5 }}', '12.35% 1200% -50%'],
  [
    '{{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp 0 }}',
    '2015-06-23 13:19:44.128 +0000 UTC 1970-01-01 00:00:00 +0000 UTC',
  ],
  ['{{ humanize "12345" }} {{ humanizeDuration "60" }}', '12.35k 1m 0s'],
  ['{{ humanize (printf "%f" 2048.0) }}', '2.048k'],
  ['{{ title "aa bb-cc d_e" }} {{ toUpper "äbc" }} {{ toLower "ÄBC" }}', 'Aa Bb-Cc D_e ÄBC äbc'],
  ['{{ match "g[a-z]+" $labels.camera }} {{ match "^x" "ax" }}', 'true false'],
  [
    '{{ reReplaceAll "(.)at(.)" "$2-${1}" "gate" }} {{ reReplaceAll "x" "y" "abc" }} {{ reReplaceAll "" "-" "ab" }}',
    'e-g abc -a-b-',
  ],
  [
    '{{ stripPort "host:80" }} {{ stripPort "[::1]:80" }} {{ stripPort "plain" }} {{ stripPort "a:b:c" }}',
    'host ::1 plain a:b:c',
  ],
  ['{{ parseDuration "1h30m" }} {{ parseDuration "1d" }}', '5400 86400'],
  [
    '{{ graphLink "up == 0" }} {{ tableLink "a{b=\\"c\\"}" }}',
    '/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=a%7Bb%3D%22c%22%7D&g0.tab=1',
  ],
  ['{{ query "power" | first | value }} {{ query "power" | first | label "camera" }}', '1234.5 gate'],
  ['{{ range query "frames" | sortByLabel "n" }}{{ .Labels.n }}={{ .Value }};{{ end }}', '1=10;2=20;3=30;'],
  ['{{ with query "none" }}some{{ else }}none{{ end }} {{ len (query "frames") }}', 'none 3'],
  [
    '{{ range $i, $s := query "frames" | sortByLabel "n" }}{{ if $i }}, {{ end }}{{ $s | label "n" }}{{ end }}',
    '1, 2, 3',
  ],
  ['{{ query "scalar(power)" | first | value }}', '1234.5'],
  [
    '{{ define "row" }}<{{ .arg0 }}|{{ .arg1 }}>{{ end }}{{ template "row" (args 1 "b") }}{{ template "row" (args "x" 2.5) }}',
    '<1|b><x|2.5>',
  ],
  ['{{ block "b" $labels }}{{ .camera }}{{ end }}', 'gate'],
  ['{{ if and (gt $value 1000.0) (eq $labels.site "north") }}yes{{ else if true }}no{{ end }}', 'yes'],
  ['{{ not true }} {{ and 1 0 }} {{ or 0 "x" }} {{ or 0 "" }}|', 'false 0 x |'],
  [
    '{{ eq 1 2 3 1 }} {{ ne "a" "b" }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt 1.5 1.0 }} {{ ge "b" "a" }}',
    'true true true true true true',
  ],
  ['{{ len "äb" }} {{ index "abc" 1 }} {{ slice "abcdef" 1 3 }} {{ index $labels "site" }}', '3 98 bc north'],
  ['{{ print 1 2 "a" "b" 3 }} {{ println "x" }}|', '1 2ab3 x\n|'],
  [
    '{{ printf "%d %5d|%-5d|%05d %x %X %o %b %c %U %q" 42 42 42 42 255 255 8 5 65 65 65 }}',
    "42    42|42   |00042 ff FF 10 101 A U+0041 'A'",
  ],
  [
    '{{ printf "%s|%8s|%-8s|%q|%.2s|%x" "abc" "abc" "abc" "a\\"b" "abc" "hi" }}',
    'abc|     abc|abc     |"a\\"b"|ab|6869',
  ],
  [
    '{{ printf "%e %g %G %6.2f %+d %t %v %T %%" 1234.5 0.000001 1e21 3.14159 5 true "v" 1 }}',
    '1.234500e+03 1e-06 1E+21   3.14 +5 true v int %',
  ],
  [
    '{{ printf "%d" "x" }} {{ printf "%s" 1 }} {{ printf "%d" }} {{ printf "a" 1 }}',
    '%!d(string=x) %!s(int=1) %!d(MISSING) a%!(EXTRA int=1)',
  ],
  [
    '{{ html "<a b=\'c\'>&\\"" }} {{ js "it\'s <b>" }} {{ urlquery "a b&c/d" }}',
    "&lt;a b=&#39;c&#39;&gt;&amp;&#34; it\\'s \\u003Cb\\u003E a+b%26c%2Fd",
  ],
  ['{{- /* nothing */ -}} a {{- "b" -}} c', 'abc'],
  ['{{ $x := 1 }}{{ range $i, $e := query "frames" }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
  ['{{ with $y := $labels.camera }}{{ $y }}{{ . }}{{ end }}', 'gategate'],
  [
    '{{ range query "frames" | sortByLabel "n" }}{{ if eq .Labels.n "2" }}{{ continue }}{{ end }}{{ .Labels.n }}{{ end }}',
    '13',
  ],
  [
    '{{ range query "frames" | sortByLabel "n" }}{{ if eq .Labels.n "2" }}{{ break }}{{ end }}{{ .Labels.n }}{{ end }}',
    '1',
  ],
  [
    "{{ 0x1F }} {{ 1e3 }} {{ 1_000 }} {{ 0b101 }} {{ 0o17 }} {{ 'a' }} {{ .5 }} {{ true }}",
    '31 1000 1000 5 15 97 0.5 true',
  ],
  ['{{ `raw "text"` }} {{ "tab\\tnew\\u00e9" }}', 'raw "text" tab\tnewé'],
  ['{{ $labels }}', 'map[__name__:power camera:gate site:north]'],
  [
    '{{ (query "power" | first).Labels.camera }} {{ (toTime 0).Year }} {{ (toTime 1643114203).Format "2006-01-02T15:04:05Z07:00" }}',
    'gate 1970 2022-01-25T12:36:43Z',
  ],
  [
    '{{ (toTime 1643114203).Weekday }} {{ (toTime 1643114203).Month }} {{ (toTime 1643114203).Unix }} {{ toTime 1643114203 }}',
    'Tuesday January 1643114203 2022-01-25 12:36:43 +0000 UTC',
  ],
  ['{{ "a" | printf "%s-%s" "b" }} {{ 3 | printf "%d" }} {{ ("x") }}', 'b-a 3 x'],
  ['{{ safeHtml "<b>" }}', '<b>'],
];

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool) process.stdout.write('promtool is not installed: no template was compared with it\n');
const folder = mkdtempSync(join(tmpdir(), 'vedette-templates-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A test that expects these annotations of an alert with these templates. */
function write(annotations: Readonly<Record<string, readonly [string, string]>>): string {
  const rule = {
    alert: 'A',
    expr: 'power > 0',
    annotations: Object.fromEntries(Object.entries(annotations).map(([name, [template]]) => [name, template])),
  };
  writeFileSync(join(folder, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules: [rule] }] }));
  const series = (labels: string, value: string) => ({ series: labels, values: value });
  const test = {
    interval: '1m',
    external_labels: { region: 'west' },
    external_url: 'http://p.example/sub',
    input_series: [
      series('power{camera="gate",site="north"}', '1234.5'),
      series('frames{n="3"}', '30'),
      series('frames{n="1"}', '10'),
      series('frames{n="2"}', '20'),
    ],
    alert_rule_test: [
      {
        eval_time: '0m',
        alertname: 'A',
        exp_alerts: [
          {
            exp_labels: { camera: 'gate', site: 'north' },
            exp_annotations: Object.fromEntries(Object.entries(annotations).map(([name, [, text]]) => [name, text])),
          },
        ],
      },
    ],
  };
  const file = join(folder, 'test.yml');
  writeFileSync(file, JSON.stringify({ rule_files: ['rules.yml'], tests: [test] }));
  return file;
}

describe('templates of alerts', () => {
  it('give what is documented', async () => {
    const file = write(Object.fromEntries(TEMPLATES.map((template, i) => [`t${i}`, template])));
    const { files } = await runRuleTests([file]);
    const [failure] = files[0]?.groups[0]?.failures ?? [];
    const texts = failure && 'got' in failure ? failure : { expected: [], got: [] };
    const parts = (list: readonly string[]): readonly string[] => list.join('\n').split(/, (?=t\d+=)/);
    expect(files[0]?.error).toBeUndefined();
    expect(parts(texts.got)).toEqual(parts(texts.expected));
  });

  it.skipIf(!hasPromtool)('give what promtool gives', () => {
    const file = write(Object.fromEntries(TEMPLATES.map((template, i) => [`t${i}`, template])));
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    expect(status, stdout + stderr).toBe(0);
  });
});
