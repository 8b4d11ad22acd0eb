import { encodeWriteRequest } from '@vedette/wire/remote-write';
import { compressSnappy } from '@vedette/wire/snappy';
import fc from 'fast-check';
import { afterAll, beforeAll, describe } from 'vitest';
import { promqlMatrix, promqlScalar, promqlVector } from '../support/random-promql.ts';
import { fuzzText } from './fuzz.ts';
import { OWN_DASHBOARD } from './own-files.ts';
import { encodeFields, goodSeries, message } from './random-messages.ts';
import { textPage } from './random-pages.ts';
import { type Answer, SERVED_NOW_MS, type Served, serveRooms } from './served.ts';

const NOW = SERVED_NOW_MS / 1_000;
const FORM = 'application/x-www-form-urlencoded';
/** Node's own limit of a request's head is 16 KiB; it answers longer ones before any route sees them. */
const PATH_LENGTH_MAX = 12_000;

/** An answer that says what is wrong, in the words of its protocol. */
class Refused extends Error {}

/** Method, path and type on the first line, the body (Latin-1) behind it. */
const input = (method: string, path: string, type = '', body = ''): string => `${method} ${path} ${type}\n${body}`;

/** Routes that answer errors in plain text, as their protocols do. */
const PLAIN = /^\/(?:api\/v1\/(?:write|read|import)|federate)\b/;

function faultOf(path: string, { status, type, body }: Answer): string | undefined {
  if (status >= 500 && status !== 503 && status !== 501) return `status ${status}: ${body.slice(0, 500)}`;
  if (status < 400) {
    if (type.startsWith('application/json')) JSON.parse(body);
    return undefined;
  }
  if (body.trim() === '') return `status ${status} without a word`;
  if (PLAIN.test(path) && type.startsWith('text/plain')) return undefined;
  if (!type.startsWith('application/json')) return `status ${status} as ${type}: ${body.slice(0, 200)}`;
  const error = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const prometheus =
    error['status'] === 'error' && typeof error['errorType'] === 'string' && typeof error['error'] === 'string';
  const own = typeof error['code'] === 'string' && typeof error['message'] === 'string';
  // What Node's HTTP parser refuses never gets to a route.
  const unparsed = typeof error['error'] === 'string' && typeof error['statusCode'] === 'number';
  return prometheus || own || unparsed ? undefined : `status ${status}: ${body.slice(0, 200)}`;
}

const text = fc.oneof(
  fc.oneof(promqlVector, promqlScalar, promqlMatrix),
  fc.constantFrom(
    ...'camera_fps|up{|{__name__=~".+"}|0|-1|1e308|NaN|Inf|9999999999999999|5m|292y|1ms|2026-01-01T00:00:00Z|2026-13-45T99:99:99Z|all|metric|job|__name__|$|a b|%|true|[]|{}'.split(
      '|',
    ),
    String(NOW),
    String(NOW - 600),
    '9'.repeat(400),
    'y'.repeat(5_000),
  ),
);
const parameters = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        ...'query start end step time timeout limit match[] stats lookback_delta metric match_target state scrapePool type rule_name[] rule_group[] file[] exclude_alerts topN limit_per_metric format group_limit group_next_token folder'.split(
          ' ',
        ),
      ),
      text,
    ),
    { maxLength: 6 },
  )
  .map((pairs) => new URLSearchParams(pairs).toString());
const route = fc.constantFrom(
  ...'query query_range query_exemplars series labels label/job/values label/__name__/values label/U__a_2e_b/values metadata rules alerts targets targets/metadata targets/relabel_steps scrape_pools format_query parse_query status/tsdb status/config status/flags status/buildinfo status/runtimeinfo status/walreplay status/tsdb/blocks features notifications alertmanagers admin/tsdb/delete_series admin/tsdb/clean_tombstones nothing import'
    .split(' ')
    .map((name) => `/api/v1/${name}`),
  '/federate',
  '/api/vedette/alerting',
  '/api/vedette/dashboards',
  '/api/vedette/dashboards/cams',
  '/api/vedette/dashboards/cams/source',
  '/api/vedette/status',
  '/-/ready',
);
const asked = fc
  .tuple(
    fc.constantFrom('GET', 'GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'),
    route,
    parameters,
    parameters,
  )
  .map(([method, path, query, body]) =>
    method === 'POST' ? input(method, `${path}?${query}`, FORM, body) : input(method, `${path}?${query}`),
  );
const bytes = (made: Uint8Array): string => Buffer.from(made).toString('latin1');
const pushed = fc.oneof(
  message.map((fields) =>
    input('POST', '/api/v1/write', 'application/x-protobuf', bytes(compressSnappy(encodeFields(fields)))),
  ),
  message.map((fields) =>
    input('POST', '/api/v1/read', 'application/x-protobuf', bytes(compressSnappy(encodeFields(fields)))),
  ),
  textPage.map((page) => input('POST', '/api/v1/import?format=openmetrics', 'text/plain', page)),
  textPage.map((page) => input('POST', '/api/v1/import', 'text/plain', page)),
);

const query = (expression: string): string =>
  input('POST', '/api/v1/query', FORM, `query=${encodeURIComponent(expression)}`);
const range = (expression: string): string =>
  input('GET', `/api/v1/query_range?query=${encodeURIComponent(expression)}&start=${NOW - 600}&end=${NOW}&step=15`);
const repeated = (piece: string, length = 60_000): string => piece.repeat(Math.floor(length / piece.length));

const GOOD = [
  query('sum by (camera) (rate(camera_fps[5m]))'),
  range('camera_fps > 2'),
  input('GET', '/api/v1/series?match[]=camera_fps&match[]=%7Bjob%3D%22api%22%7D'),
  input('GET', '/api/v1/labels'),
  input('GET', '/api/v1/label/camera/values'),
  input('GET', '/api/v1/metadata?limit=5'),
  input('GET', '/api/v1/rules?type=alert'),
  input('GET', '/api/v1/alerts'),
  input('GET', '/api/v1/targets?state=any'),
  input('GET', '/api/v1/format_query?query=up%2Bup'),
  input('GET', '/api/v1/parse_query?query=rate(up[5m])'),
  input('GET', '/federate?match[]=camera_fps'),
  input('GET', '/api/vedette/dashboards'),
  input('POST', '/api/vedette/dashboards?folder=F', 'application/json', OWN_DASHBOARD),
];
const HOSTILE = [
  ...['(', '[', '{', '"', '()', '9', '-', '%', '\\', 'a='].map((piece) => query(repeated(piece, 20_000))),
  query(`${'9'.repeat(60_000)}y`),
  ...['time', 'timeout', 'lookback_delta', 'limit'].flatMap((name) => [
    input('POST', '/api/v1/query', FORM, `query=up&${name}=${'9'.repeat(60_000)}y`),
    input('POST', '/api/v1/query', FORM, `query=up&${name}=${'9'.repeat(60_000)}`),
    input('POST', '/api/v1/query', FORM, `query=up&${name}=1e999999`),
  ]),
  input('POST', '/api/v1/query_range', FORM, 'query=up&start=-1e12&end=1e12&step=1'),
  input('POST', '/api/v1/query_range', FORM, 'query=up&start=0&end=1&step=1e-300'),
  input('POST', '/api/v1/series', FORM, repeated('match[]=up&')),
  input('POST', '/api/v1/query', FORM, repeated('query=up&')),
  input('POST', '/api/v1/query', FORM, repeated('%E0%A4%A')),
  input('POST', '/api/v1/query', 'application/json', repeated('[')),
  input('GET', `/api/v1/label/${'x'.repeat(2_000)}/values`),
  input('GET', `/api/v1/label/${encodeURIComponent('ü"\\')}/values`),
  input('GET', '/api/v1/label/%ff/values'),
  input('GET', '/api/v1/status/tsdb?limit=99999999999'),
  input('POST', '/api/v1/write', 'application/x-protobuf', bytes(compressSnappy(encodeWriteRequest(goodSeries)))),
  input('POST', '/api/v1/write', 'application/x-protobuf', '\u00ff\u00ff\u00ff\u00ff\u000f'),
  input('POST', '/api/vedette/dashboards', 'application/json', repeated('[')),
  input('POST', '/api/vedette/dashboards', 'application/yaml', repeated('k: &a [*a]\n')),
];

/** As every client does it: what may not stand in a path is percent-encoded. */
function encodePath(path: string): string {
  return path.replaceAll(/[^!-~]/gu, (char) => encodeURIComponent(char.isWellFormed() ? char : '\ufffd'));
}

describe('HTTP', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serveRooms();
  });
  afterAll(async () => {
    await served.stop();
  });

  fuzzText({
    name: 'HTTP requests',
    valid: GOOD,
    hostile: HOSTILE,
    generated: fc.oneof(asked, asked, pushed),
    words: [
      ...'&query= &match[]= &start= &end= &step= &limit= &timeout= %00 %ff %e2%82 %7B %22 ; & = + ? # ../ //'.split(
        ' ',
      ),
      'up{',
      `&time=${NOW}`,
    ],
    read: async (made) => {
      const [head = '', ...rest] = made.split('\n');
      const [method = '', rawPath = '', type = ''] = head.split(' ');
      const path = encodePath(rawPath.slice(0, PATH_LENGTH_MAX));
      // Methods and types that the client itself would not send.
      const known = /^(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH)$/.test(method) ? method : 'GET';
      const header = /^[a-z/+.;=-]*$/i.test(type) ? type : FORM;
      const answer = await served.ask(
        known,
        path.startsWith('/') ? path : `/${path}`,
        header,
        Buffer.from(rest.join('\n'), 'latin1'),
      );
      const fault = known === 'HEAD' ? undefined : faultOf(path, answer);
      if (fault !== undefined) throw new Error(fault);
      if (answer.status >= 400) throw new Refused(`${answer.status} ${answer.body}`);
    },
    refuses: (error) => error instanceof Refused,
    inputMsMax: 2_000,
  });
});
