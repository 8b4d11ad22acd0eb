import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VedetteError, isVedetteError } from '../base/errors.ts';
import { Labels } from '../model/labels.ts';
import {
  TemplateMap,
  TemplateRecord,
  type TemplateValue,
  Work,
  evaluate,
  formatFloat,
  parseTemplate,
  prometheusFunctions,
  render,
  sampleRecord,
} from './index.ts';

const functions = prometheusFunctions({ externalUrl: 'http://watch.example:9600/vedette' });
const NAMES = ['$labels', '$externalLabels', '$externalURL', '$value'];

interface Case {
  readonly labels?: Record<string, string>;
  readonly value?: TemplateValue;
  readonly answers?: Record<string, readonly TemplateRecord[]>;
}

async function expand(text: string, { labels = {}, value = 1, answers = {} }: Case = {}): Promise<string> {
  const labelMap = TemplateMap.ofStrings(Object.entries(labels));
  const external = TemplateMap.ofStrings([['site', 'north']]);
  const variables = new Map<string, TemplateValue>([
    ['$labels', labelMap],
    ['$externalLabels', external],
    ['$externalURL', 'http://watch.example:9600/vedette'],
    ['$value', value],
  ]);
  const data = new TemplateRecord('struct', {
    Labels: labelMap,
    ExternalLabels: external,
    ExternalURL: 'http://x',
    Value: value,
  });
  const parsed = parseTemplate(text, { functions, variables: NAMES });
  return render(parsed, {
    data,
    functions,
    variables,
    query: async (expression) => answers[expression] ?? [],
    nowMs: 1_643_114_203_500,
    signal: new AbortController().signal,
  });
}

const fails = async (text: string, options: Case = {}): Promise<string> => {
  const error = await expand(text, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(VedetteError);
  expect((error as VedetteError).code).toBe('TEMPLATE_INVALID');
  return (error as VedetteError).message;
};

const camera = (name: string, value: number): TemplateRecord =>
  sampleRecord(Labels.fromObject({ camera: name }), value);

describe('text and actions', () => {
  it.each([
    ['plain text', 'plain text'],
    ['a {{ "b" }} c', 'a b c'],
    ['a {{- "b" -}} c', 'abc'],
    ['a {{/* nothing */}}b', 'a b'],
    ['a {{- /* trims */ -}} b', 'ab'],
    ['{{`raw "text"`}}', 'raw "text"'],
    ['{{ "\\u00e9\\t\\x41\\n" }}', 'é\tA\n'],
    ["{{ 'a' }}", '97'],
    ['{{ 0x10 }} {{ 1_000 }} {{ -3 }} {{ 1.5e3 }} {{ 010 }}', '16 1000 -3 1500 8'],
    ['{{ true }} {{ nil | printf "%v" }}', undefined],
  ])('%j', async (text, expected) => {
    if (expected === undefined) expect(await fails(text)).toContain('nil is not a command');
    else expect(await expand(text)).toBe(expected);
  });

  it('labels come as $labels, .Labels, index and a missing one is empty', async () => {
    const labels = { camera: 'gate-1' };
    expect(
      await expand('{{ $labels.camera }}|{{ .Labels.camera }}|{{ index $labels "camera" }}|{{ $labels.none }}|', {
        labels,
      }),
    ).toBe('gate-1|gate-1|gate-1||');
  });

  it('external labels and address are there', async () => {
    expect(await expand('{{ $externalLabels.site }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}')).toBe(
      'north http://watch.example:9600/vedette http://watch.example:9600/vedette /vedette',
    );
  });

  it.each([
    [0.5, '0.5'],
    [1, '1'],
    [100, '100'],
    [1e6, '1e+06'],
    [123456, '123456'],
    [1234567.5, '1.2345675e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [Number.NaN, 'NaN'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [-0, '-0'],
  ])('$value %d prints as %s', async (value, expected) => {
    expect(await expand('{{ $value }}', { value })).toBe(expected);
  });
});

describe('control', () => {
  it.each([
    ['{{ if gt $value 3.0 }}high{{ else if gt $value 1.0 }}mid{{ else }}low{{ end }}', 'mid'],
    ['{{ if and $labels.a (not $labels.b) }}yes{{ end }}', 'yes'],
    ['{{ with $labels.a }}[{{ . }}]{{ else }}none{{ end }}', '[1]'],
    ['{{ with $labels.b }}x{{ else with $labels.a }}[{{ . }}]{{ end }}', '[1]'],
    ['{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}', 'a=1;c=3;'],
    ['{{ range $labels }}{{ . }}{{ end }}', '13'],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    [
      '{{ range $i, $e := 5 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ if eq $i 3 }}{{ break }}{{ end }}{{ $i }}{{ end }}',
      '02',
    ],
    ['{{ $x := 1 }}{{ range 3 }}{{ $x = . }}{{ end }}{{ $x }}', '2'],
    ['{{ $x := 1 }}{{ if true }}{{ $x := 5 }}{{ $x }}{{ end }}{{ $x }}', '51'],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" "a" }}{{ template "t" $labels.c }}', '<a><3>'],
    ['{{ block "b" $labels.a }}({{ . }}){{ end }}', '(1)'],
    ['{{ define "t" }}{{ .arg0 }}-{{ .arg1 }}{{ end }}{{ template "t" (args 1 "x") }}', '1-x'],
    ['{{ define "t" }}{{ . }}!{{ end }}{{ tmpl "t" "hey" | toUpper }}', 'HEY!'],
    ['{{ range $none := query "nothing" }}x{{ else }}empty{{ end }}', 'empty'],
    ['{{ "a" | printf "%s-%s" "b" }}', 'b-a'],
    ['{{ (index $labels "a") }}{{ len $labels }}{{ len "é" }}', '122'],
    ['{{ or "" $labels.b "z" }}{{ and "x" "" }}', 'z'],
    ['{{ slice "abcdef" 1 3 }}', 'bc'],
    ['{{ .none_of_this | or "x" }}', undefined],
  ])('%s', async (text, expected) => {
    const options = { labels: { a: '1', c: '3' }, value: 2 };
    if (expected === undefined)
      expect(await fails(text, options)).toContain("can't evaluate field none_of_this in type struct");
    else expect(await expand(text, options)).toBe(expected);
  });

  it('and and or do not look at what they need not', async () => {
    expect(await expand('{{ or true (first (query "none")) }}{{ and false (first (query "none")) }}')).toBe(
      'truefalse',
    );
  });
});

describe('comparisons', () => {
  it.each([
    ['eq 1 1', 'true'],
    ['eq "a" "b" "a"', 'true'],
    ['ne $value 1.0', 'true'],
    ['lt 1 2', 'true'],
    ['le 2.0 $value', 'true'],
    ['gt "b" "a"', 'true'],
    ['ge $value 3.0', 'false'],
  ])('%s is %s', async (expression, expected) => {
    expect(await expand(`{{ ${expression} }}`, { value: 2 })).toBe(expected);
  });

  it('a float compared with a whole number is refused, with the way out', async () => {
    expect(await fails('{{ if gt $value 5 }}x{{ end }}')).toContain(
      'incompatible types for comparison: float64 and int; write 5.0',
    );
  });
});

describe('printf', () => {
  it.each([
    ['printf "%.2f" $value', '3.14'],
    ['printf "%5.1f|" $value', '  3.1|'],
    ['printf "%-8s|" "ab"', 'ab      |'],
    ['printf "%08.3f" $value', '0003.142'],
    ['printf "%+d %x %X %o %b %c %U" 255 255 255 8 5 65 233', '+255 ff FF 10 101 A U+00E9'],
    ['printf "%d%%" 7', '7%'],
    ['printf "%q %v %s" "a\\"b" "x" "y"', '"a\\"b" x y'],
    ['printf "%e %g %.3g %E" $value $value 1234567.0 0.5', '3.141593e+00 3.14159265 1.23e+06 5.000000E-01'],
    ['printf "%t %T %T %T" true 1 $value "s"', 'true int float64 string'],
    ['printf "%v %v" $labels $value', 'map[a:1] 3.14159265'],
    ['printf "%*d|%.*f" 4 7 1 $value', '   7|3.1'],
    ['printf "%d" $value', '%!d(float64=3.14159265)'],
    ['printf "%s %s" "a"', 'a %!s(MISSING)'],
    ['printf "x" 1', 'x%!(EXTRA int=1)'],
    ['printf "%.0f %.0f %.0f %.1f" 0.5 1.5 2.5 0.25', '0 2 2 0.2'],
    ['printf "%x" "hi"', '6869'],
    ['print 1 2 "a" "b" 3', '1 2ab3'],
    ['println "a" 1', 'a 1\n'],
    ['html "<a href=\'x\'>&"', '&lt;a href=&#39;x&#39;&gt;&amp;'],
    ['js "it\'s <b>"', "it\\'s \\u003Cb\\u003E"],
    ['urlquery "a b&c=d"', 'a+b%26c%3Dd'],
  ])('%s', async (expression, expected) => {
    expect(await expand(`{{ ${expression} }}`, { value: 3.14159265, labels: { a: '1' } })).toBe(expected);
  });
});

describe("Prometheus's functions", () => {
  it.each([
    ['humanize 0.0', '0'],
    ['humanize 1.0', '1'],
    ['humanize 1234567.0', '1.235M'],
    ['humanize 0.00042', '420u'],
    ['humanize 1048576', '1.049M'],
    ['humanize "12345"', '12.35k'],
    ['humanize1024 1048576', '1Mi'],
    ['humanize1024 1000', '1000'],
    ['humanize1024 0.5', '0.5'],
    ['humanizeDuration 0', '0s'],
    ['humanizeDuration 59.5', '59.5s'],
    ['humanizeDuration 135.3563', '2m 15s'],
    ['humanizeDuration 3661', '1h 1m 1s'],
    ['humanizeDuration -93784', '-1d 2h 3m 4s'],
    ['humanizeDuration 0.0125', '12.5ms'],
    ['humanizePercentage 0.959', '95.9%'],
    ['humanizePercentage 0.01234567', '1.235%'],
    ['humanizeTimestamp 1643114203', '2022-01-25 12:36:43 +0000 UTC'],
    ['humanizeTimestamp 1643114203.25', '2022-01-25 12:36:43.25 +0000 UTC'],
    ['(toTime 1643114203).Format "2006-01-02T15:04:05Z07:00"', '2022-01-25T12:36:43Z'],
    ['(toTime 1643114203).Year', '2022'],
    ['title "front gate-camera"', 'Front Gate-Camera'],
    ['toUpper "ab"', 'AB'],
    ['toLower "AB"', 'ab'],
    ['stripPort "10.0.0.1:9100"', '10.0.0.1'],
    ['stripPort "[::1]:9100"', '::1'],
    ['stripPort "no-port"', 'no-port'],
    ['stripDomain "cam.site.example:9100"', 'cam:9100'],
    ['stripDomain "cam.site.example"', 'cam'],
    ['stripDomain "10.0.0.1:9100"', '10.0.0.1:9100'],
    ['parseDuration "2h10m15s"', '7815'],
    ['parseDuration "-1m30s"', '-90'],
    ['match "[0-9]+$" "cam12"', 'true'],
    ['match "^[0-9]+$" "cam12"', 'false'],
    ['reReplaceAll "cam-(\\\\d+)" "camera ${1} ($1)" "cam-7 cam-8"', 'camera 7 (7) camera 8 (8)'],
    ['reReplaceAll "a(?P<x>b)" "$x$$$1z" "ab"', 'b$'],
    ['graphLink "up == 0"', '/graph?g0.expr=up+%3D%3D+0&g0.tab=0'],
    ['tableLink "up"', '/graph?g0.expr=up&g0.tab=1'],
    ['safeHtml "<b>"', '<b>'],
  ])('%s is %s', async (expression, expected) => {
    expect(await expand(`{{ ${expression} }}`)).toBe(expected);
  });

  it('query, first, label, value, sortByLabel and strvalue read the store', async () => {
    const answers = { fps: [camera('b', 12), camera('a', 25)] };
    expect(
      await expand('{{ query "fps" | first | label "camera" }} {{ query "fps" | first | value }}', { answers }),
    ).toBe('b 12');
    expect(
      await expand('{{ range query "fps" | sortByLabel "camera" }}{{ .Labels.camera }}={{ .Value }} {{ end }}', {
        answers,
      }),
    ).toBe('a=25 b=12 ');
    const text = { s: [sampleRecord(Labels.fromObject({ __value__: 'x' }), 0)] };
    expect(await expand('{{ query "s" | first | strvalue }}', { answers: text })).toBe('x');
    expect(await fails('{{ query "none" | first }}')).toContain('first() called on vector with no elements');
  });

  it('each expression is asked once, however often it stands in the text', async () => {
    const asked: string[] = [];
    const parsed = parseTemplate('{{ range 3 }}{{ len (query "a") }}{{ end }}{{ len (query "b") }}', { functions });
    const text = await render(parsed, {
      data: undefined,
      functions,
      query: async (expression) => {
        asked.push(expression);
        return [];
      },
      signal: new AbortController().signal,
    });
    expect(text).toBe('0000');
    expect(asked).toEqual(['a', 'b']);
  });
});

const LONG = '{{ $x := "aaaaaaaa" }}{{ range 15 }}{{ $x = print $x $x }}{{ end }}';
const SHORTER = LONG.replace('15', '14');
const DOUBLING = '{{ $x := args 1 }}{{ range 60 }}{{ $x = args $x $x }}{{ end }}';

describe('time', () => {
  it.each([
    ['{{ now }}', '1.6431142035e+09'],
    ['{{ now | humanizeTimestamp }}', '2022-01-25 12:36:43.5 +0000 UTC'],
    ['{{ (now | toTime).Year }}', '2022'],
    ['{{ toDuration 3723.5 }}', '1h2m3.5s'],
    ['{{ toDuration 0 }} {{ toDuration "-90" }} {{ toDuration 0.0015 }} {{ toDuration 2e-6 }}', '0s -1m30s 1.5ms 2µs'],
    [
      '{{ (toDuration 5400).Hours }} {{ (toDuration 5400).Minutes }} {{ (toDuration 1.5).Milliseconds }}',
      '1.5 90 1500',
    ],
    ['{{ toDuration 135 | humanizeDuration }}', '2m 15s'],
    ['{{ printf "%s %T" (toDuration 1) (toDuration 1) }}', '1s time.Duration'],
  ])('%s is %s', async (text, expected) => {
    expect(await expand(text)).toBe(expected);
  });

  it('a duration that Go could not hold is a fault', async () => {
    expect(await fails('{{ toDuration 1e300 }}')).toContain('are no duration');
    expect(await fails('{{ now 1 }}')).toContain('wants no arguments');
  });
});

describe('faults', () => {
  it.each([
    ['{{ $nope }}', '1:4: undefined variable "$nope"'],
    ['line\n  {{ nofunc 1 }}', '2:6: function "nofunc" not defined'],
    ['{{ if true }}x', '{{if}} is not closed'],
    ['{{ end }}', 'unexpected {{end}}'],
    ['{{ "a', 'unterminated quoted string'],
    ['{{ ', 'unclosed action'],
    ['{{ }}', 'missing value'],
    ['{{ 1 | 2 }}', 'a function is expected'],
    ['{{/* x', 'unclosed comment'],
    ['{{ . | }}', 'expected a value'],
    ['{{ break }}', 'outside {{range}}'],
    ['{{ 12x }}', 'bad number'],
    ['{{ template "gone" }}', 'template "gone" not defined'],
    ['{{ $labels.a.b }}', "can't evaluate field b in type string"],
    ['{{ humanize "many" }}', 'cannot read "many" as a number'],
    ['{{ match "(" "x" }}', 'error parsing regexp'],
  ])('%j', async (text, message) => {
    expect(await fails(text)).toContain(message);
  });

  it.each([
    ['endless recursion', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', 'deeper than'],
    ['a huge loop', '{{ range 1000000000 }}{{ end }}', 'steps'],
    ['a loop in a loop', '{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}', 'steps'],
    ['a doubling string', '{{ $x := "xxxxxxxx" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}', 'characters'],
    ['a huge width', '{{ printf "%900000000d" 1 }}', 'width or precision'],
    ['deep parentheses', `{{ ${'('.repeat(5_000)}1${')'.repeat(5_000)} }}`, 'nested deeper'],
    ['deep blocks', `${'{{ if true }}'.repeat(2_000)}${'{{ end }}'.repeat(2_000)}`, 'nested deeper'],
    ['too many queries', '{{ range $i, $e := 100 }}{{ query (print $i) }}{{ end }}', 'query at most'],
    ['a huge text', 'x'.repeat(100_000), 'longer than'],
    ['searches in a long text', `${LONG}{{ range 25000 }}{{ $m := match "(a|b)*c$" $x }}{{ end }}`, 'too much work'],
    [
      'replacing in a long text',
      `${LONG}{{ range 25000 }}{{ $m := reReplaceAll "b" "" $x }}{{ end }}`,
      'too much work',
    ],
    ['a replacement that grows', `${LONG}{{ $x = reReplaceAll "a" $x $x }}`, 'characters'],
    ['a large pattern', `${LONG}{{ range 20000 }}{{ $m := match "(a{30}){30}b" $x }}{{ end }}`, 'too much work'],
    [
      'patterns that all differ',
      '{{ range 99999 }}{{ $m := match (printf "a{%d}b{900}c{900}" .) "" }}{{ end }}',
      'too much work',
    ],
    ['escaping a long text', `${LONG}{{ range 25000 }}{{ $m := html $x }}{{ end }}`, 'too much work'],
    ['quoting a long text', `${SHORTER}{{ range 25000 }}{{ $m := printf "%q" $x }}{{ end }}`, 'too much work'],
    [
      'sorting again and again',
      '{{ $v := query "many" }}{{ range 50000 }}{{ $s := sortByLabel "i" $v }}{{ end }}',
      'too much work',
    ],
    ['a doubling map, printed', `${DOUBLING}{{ $x }}`, 'more than 262144 characters'],
    ['a doubling map, formatted', `${DOUBLING}{{ printf "%s" $x }}`, 'more than 262144 characters'],
    ['a doubling map in Go syntax', `${DOUBLING}{{ printf "%#v" $x }}`, 'more than 262144 characters'],
    ['a deep map', '{{ $x := args 1 }}{{ range 9000 }}{{ $x = args $x }}{{ end }}{{ print $x }}', 'nest deeper'],
    ['wide columns', '{{ printf "%200000s" (args "a" "b" "c") }}', 'more than 262144 characters'],
  ])('%s ends with an error soon', async (_, text, message) => {
    const many = Array.from({ length: 10_000 }, (_sample, i) => sampleRecord(Labels.fromObject({ i: String(i) }), i));
    // Of this process: others on the machine make nothing slower here.
    const before = process.cpuUsage();
    expect(await fails(text, { answers: { many } })).toContain(message);
    const { user } = process.cpuUsage(before);
    expect(user / 1_000).toBeLessThan(3_000);
  });

  it('a clock that runs ends what the count of work did not foresee', () => {
    let nowMs = 0;
    const slow = new Map([...functions, ['slow', () => ((nowMs += 10), '')] as const]);
    const parsed = parseTemplate('{{ range 90000 }}{{ slow }}{{ end }}', { functions: slow });
    const work = new Work({ monotonicMs: () => nowMs });
    const query = (): never => {
      throw new Error('not asked');
    };
    expect(() => evaluate(parsed, { data: undefined, functions: slow, query, work })).toThrow(
      'ran longer than 2000 ms',
    );
  });

  it('whatever the text, nothing but a TEMPLATE_INVALID comes out', async () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      ' ',
      '"',
      '`',
      '|',
      '(',
      ')',
      '.',
      '$',
      '$x',
      ':=',
      '=',
      'if',
      'end',
      'else',
      'range',
      'with',
      'define',
      '"t"',
      'template',
      '1',
      '2.5',
      'printf',
      'query',
      'first',
      'humanize',
      '.Labels',
      '-',
      '/*',
      '*/',
      ',',
      'nil',
      'eq',
      'a\n',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 24 }), async (pieces) => {
        const text = pieces.join(' ');
        const outcome = await expand(text).catch((error: unknown) => error);
        return typeof outcome === 'string' || isVedetteError(outcome, 'TEMPLATE_INVALID');
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('formatFloat', () => {
  it('the shortest form reads back to the same number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('e', 'f', 'g'), (value, verb) =>
        Object.is(Number(formatFloat(value, verb as 'e' | 'f' | 'g')), value),
      ),
    );
  });

  it.each([
    [1, 'e', undefined, '1e+00'],
    [0.1, 'e', undefined, '1e-01'],
    [1e21, 'f', undefined, '1000000000000000000000'],
    [1e22, 'f', 1, '10000000000000000000000.0'],
    [100, 'g', 4, '100'],
    [12345.6, 'g', 4, '1.235e+04'],
    [2.5, 'e', 0, '2e+00'],
    [0, 'g', 4, '0'],
    [5e-324, 'g', undefined, '5e-324'],
  ] as const)('%d with %s and %s is %s', (value, verb, precision, expected) => {
    expect(formatFloat(value, verb, precision)).toBe(expected);
  });
});
