import Fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertingHouse } from '../support/alerting-house.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const CONFIG = {
  route: { receiver: 'pager', group_by: ['alertname'], group_wait: '0s' },
  receivers: [{ name: 'pager', webhook_configs: [{ url: 'http://pager/hook' }] }],
};

let house: AlertingHouse;
let app: FastifyInstance;
let user: string | undefined;

beforeEach(async () => {
  house = new AlertingHouse(CONFIG);
  await house.start();
  user = undefined;
  app = Fastify();
  app.decorateRequest('user', undefined);
  app.addHook('onRequest', async (request) => {
    request.user = user;
  });
  await app.register(house.room.plugin);
});
afterEach(async () => {
  await app.close();
  await house.stop();
});

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function ask(options: InjectOptions | string): Promise<Answer> {
  const response = await app.inject(typeof options === 'string' ? { url: options } : options);
  return { status: response.statusCode, body: response.body === '' ? undefined : response.json() };
}

const post = (url: string, payload: unknown): Promise<Answer> =>
  ask({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

const iso = (ms: number): string => new Date(START + ms).toISOString();
const silence = (more: object = {}): object => ({
  matchers: [{ name: 'camera', value: 'gate', isRegex: false, isEqual: true }],
  startsAt: iso(0),
  endsAt: iso(2 * HOUR),
  createdBy: 'ada',
  comment: 'lens',
  ...more,
});
const silenced = async (more: object = {}): Promise<string> => {
  const { status, body } = await post('/api/v2/silences', silence(more));
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { silenceID: string }).silenceID;
};
const listed = async (query = ''): Promise<readonly string[]> => {
  const { status, body } = await ask(`/api/v2/alerts${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return (body as { labels: { camera: string } }[]).map(({ labels }) => labels.camera).sort();
};

describe('POST /api/v2/alerts', () => {
  it('takes alerts, tells receivers, and ends one that nobody repeats after resolve_timeout', async () => {
    expect(await post('/api/v2/alerts', [{ labels: { alertname: 'Down', camera: 'gate', empty: '' } }])).toEqual({
      status: 200,
      body: undefined,
    });
    await house.clock.advance(1_000);
    expect(house.told).toMatchObject([{ status: 'firing', firing: ['gate'] }]);
    const { body } = await ask('/api/v2/alerts');
    expect(body).toEqual([
      {
        annotations: {},
        endsAt: iso(5 * MINUTE),
        fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
        receivers: [{ name: 'pager' }],
        startsAt: iso(0),
        status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'active', reasons: [] },
        updatedAt: iso(0),
        labels: { alertname: 'Down', camera: 'gate' },
      },
    ]);
    await house.clock.advance(11 * MINUTE);
    expect(await listed()).toEqual([]);
    expect(house.told.at(-1)).toMatchObject({ status: 'resolved', resolved: ['gate'] });
  });

  it('adds no external labels, and sends nothing on: only alerts of the own rules carry them', async () => {
    await post('/api/v2/alerts', [{ labels: { alertname: 'Down', camera: 'gate' } }]);
    await house.fire('yard');
    const { body } = await ask('/api/v2/alerts');
    const sites = (body as { labels: Record<string, string> }[]).map(({ labels }) => [
      labels['camera'],
      labels['site'],
    ]);
    expect(sites.sort()).toEqual([
      ['gate', undefined],
      ['yard', 'north'],
    ]);
  });

  it('takes the valid alerts of a list and names what is wrong with the others', async () => {
    const answer = await post('/api/v2/alerts', [
      { labels: { camera: 'gate' } },
      { labels: { camera: '' } },
      { labels: { camera: 'yard' }, startsAt: iso(HOUR), endsAt: iso(0) },
      { labels: { camera: 'dock' }, annotations: { '': 'x' } },
    ]);
    expect(answer).toEqual({
      status: 400,
      body: 'at least one label pair required; start time must be before end time; invalid annotations: invalid name ""',
    });
    expect(await listed()).toEqual(['gate']);
    expect(await house.registry.getSingleMetricAsString('vedette_alerts_invalid_total')).toContain('total 3');
  });

  it('tells faults of the shape as the generated server of Alertmanager does, and takes nothing', async () => {
    const good = { labels: { camera: 'gate' } };
    const cases: [unknown, number, unknown][] = [
      ['', 422, { code: 602, message: 'alerts in body is required' }],
      ['{', 400, { code: 400, message: expect.stringMatching(/^parsing alerts body from "" failed, because /) }],
      [
        {},
        400,
        {
          code: 400,
          message: expect.stringContaining('cannot unmarshal object into Go value of type models.PostableAlerts'),
        },
      ],
      [[good, {}], 422, { code: 602, message: '1.labels in body is required' }],
      [[good, null], 422, { code: 602, message: '1 in body is required' }],
      [[good, { labels: { a: 1 } }], 400, { code: 400, message: expect.stringContaining('cannot unmarshal number') }],
      [
        [good, { labels: { a: 'b' }, startsAt: 'yesterday' }],
        400,
        { code: 400, message: expect.stringContaining('yesterday') },
      ],
      [
        [good, { labels: { a: 'b' }, generatorURL: 'no url' }],
        422,
        { code: 601, message: '1.generatorURL in body must be of type uri: "no url"' },
      ],
    ];
    for (const [body, status, answer] of cases)
      expect(await post('/api/v2/alerts', body), JSON.stringify(body)).toEqual({ status, body: answer });
    expect(
      await ask({ method: 'POST', url: '/api/v2/alerts', headers: { 'content-type': 'text/plain' }, payload: '[]' }),
    ).toEqual({
      status: 415,
      body: { code: 415, message: 'unsupported media type "text/plain", only [application/json] are allowed' },
    });
    expect(await listed()).toEqual([]);
  });
});

describe('GET /api/v2/alerts and /api/v2/alerts/groups', () => {
  beforeEach(async () => {
    for (const camera of ['gate', 'yard', 'dock']) await house.fire(camera);
    await silenced();
  });

  it('filter by state, receiver and matchers in every notation', async () => {
    const cases: Record<string, readonly string[]> = {
      '': ['dock', 'gate', 'yard'],
      '?silenced=false': ['dock', 'yard'],
      '?active=false': ['gate'],
      '?active=no&silenced=0': [],
      '?inhibited=false&unprocessed=false': ['dock', 'gate', 'yard'],
      '?receiver=pa.*': ['dock', 'gate', 'yard'],
      '?receiver=pag': [],
      '?filter=camera=gate': ['gate'],
      '?filter=camera="gate"': ['gate'],
      '?filter="camera"!="gate"': ['dock', 'yard'],
      '?filter=camera=~"g.*|d.*"': ['dock', 'gate'],
      '?filter=camera!~g.*&filter=camera!=dock': ['yard'],
      '?filter=nothing=""': ['dock', 'gate', 'yard'],
    };
    for (const [query, cameras] of Object.entries(cases))
      expect(await listed(encodeURI(query)), query).toEqual(cameras);
  });

  it('say who silenced an alert, and group as the routes do', async () => {
    const { body } = await ask('/api/v2/alerts/groups');
    expect(body).toMatchObject([{ labels: { alertname: 'CameraDown' }, receiver: { name: 'pager' } }]);
    const alerts = (body as { alerts: { labels: { camera: string }; status: object }[] }[])[0]?.alerts ?? [];
    expect(alerts.map(({ labels }) => labels.camera)).toEqual(['dock', 'gate', 'yard']);
    expect(alerts[1]?.status).toMatchObject({
      state: 'suppressed',
      silencedBy: [expect.any(String)],
      reasons: ['silenced by ada until 2026-01-01T02:00:00Z: lens'],
    });
    expect((await ask('/api/v2/alerts/groups?receiver=other')).body).toEqual([]);
  });

  it('refuse parameters in the words of Alertmanager', async () => {
    expect(await ask('/api/v2/alerts?filter=a')).toEqual({ status: 400, body: 'bad matcher format: a' });
    expect(await ask('/api/v2/alerts?receiver=(')).toEqual({
      status: 400,
      body: expect.stringMatching(/^failed to parse receiver param: error parsing regexp: /),
    });
    const many = '?'.concat(Array.from({ length: 101 }, () => 'filter=a=b').join('&'));
    expect((await ask(`/api/v2/alerts${many}`)).status).toBe(400);
  });
});

describe('silences over the API', () => {
  it('keep alerts quiet until they end', async () => {
    const id = await silenced();
    await house.fire('gate');
    await house.pass(10 * MINUTE);
    expect(house.told).toEqual([]);
    expect(await ask({ method: 'DELETE', url: `/api/v2/silence/${id}` })).toEqual({ status: 200, body: undefined });
    await house.pass(6 * MINUTE);
    expect(house.told).toMatchObject([{ firing: ['gate'] }]);
    expect((await ask(`/api/v2/silence/${id}`)).body).toEqual({
      id,
      status: { state: 'expired' },
      updatedAt: iso(10 * MINUTE),
      comment: 'lens',
      createdBy: 'ada',
      endsAt: iso(10 * MINUTE),
      matchers: [{ isEqual: true, isRegex: false, name: 'camera', value: 'gate' }],
      startsAt: iso(0),
    });
    expect((await ask({ method: 'DELETE', url: `/api/v2/silence/${id}` })).status).toBe(200);
  });

  it('are listed active first, then pending, then expired, and found by their very matchers', async () => {
    const gone = await silenced();
    await ask({ method: 'DELETE', url: `/api/v2/silence/${gone}` });
    const later = await silenced({ startsAt: iso(HOUR), annotations: { ticket: '7' } });
    const long = await silenced({ endsAt: iso(9 * HOUR) });
    const short = await silenced({
      matchers: [
        { name: 'a', value: 'x.*', isRegex: true, isEqual: false },
        { name: 'b', value: 'y', isRegex: false },
      ],
    });
    const ids = async (query = ''): Promise<unknown> =>
      ((await ask(`/api/v2/silences${encodeURI(query)}`)).body as { id: string }[]).map(({ id }) => id);
    expect(await ids()).toEqual([short, long, later, gone]);
    expect(await ids('?filter=a!~x.*')).toEqual([short]);
    expect(await ids('?filter=a=x')).toEqual([]);
    expect(await ids('?filter=camera=gate')).toEqual([long, later, gone]);
    expect((await ask(`/api/v2/silence/${later}`)).body).toMatchObject({ annotations: { ticket: '7' } });
  });

  it('belong to who is signed in; a token names nobody', async () => {
    user = 'eve';
    const own = await silenced();
    user = 'token';
    const other = await silenced();
    expect((await ask(`/api/v2/silence/${own}`)).body).toMatchObject({ createdBy: 'eve' });
    expect((await ask(`/api/v2/silence/${other}`)).body).toMatchObject({ createdBy: 'ada' });
    expect(house.room.alertmanager.silences().get(other)).toMatchObject({ user: 'token' });
  });

  it('are refused with the codes and words of Alertmanager', async () => {
    const none = 'cdd43be9-4a71-4a30-9c84-b5a8a4b1f0c1';
    const matcher = { name: 'a', value: 'b', isRegex: false };
    const cases: [unknown, number, unknown][] = [
      ['', 422, { code: 602, message: 'silence in body is required' }],
      ['null', 422, { code: 602, message: 'comment in body is required' }],
      ['[]', 400, { code: 400, message: expect.stringContaining('cannot unmarshal array') }],
      [silence({ createdBy: undefined }), 422, { code: 602, message: 'createdBy in body is required' }],
      [silence({ matchers: [] }), 422, { code: 612, message: 'matchers in body should have at least 1 items' }],
      [silence({ matchers: [{}] }), 422, { code: 602, message: 'matchers.0.isRegex in body is required' }],
      [
        silence({ startsAt: iso(HOUR), endsAt: iso(HOUR) }),
        400,
        'Failed to create silence: start time must be before end time',
      ],
      [
        silence({ startsAt: iso(-HOUR), endsAt: iso(-MINUTE) }),
        400,
        "Failed to create silence: end time can't be in the past",
      ],
      [
        silence({ matchers: [{ ...matcher, value: '(', isRegex: true }] }),
        400,
        expect.stringMatching(
          /^silence invalid: invalid label matcher 0: invalid regular expression "\(": error parsing regexp: /,
        ),
      ],
      [
        silence({ matchers: [{ ...matcher, value: '' }] }),
        400,
        'silence invalid: at least one matcher must not match the empty string',
      ],
      [silence({ id: none }), 404, 'silence not found'],
    ];
    for (const [body, status, answer] of cases)
      expect(await post('/api/v2/silences', body), JSON.stringify(body)).toEqual({ status, body: answer });
    expect(await ask('/api/v2/silence/x')).toEqual({
      status: 422,
      body: { code: 601, message: 'silenceID in path must be of type uuid: "x"' },
    });
    for (const method of ['GET', 'DELETE'] as const)
      expect(await ask({ method, url: `/api/v2/silence/${none}` })).toEqual({ status: 404, body: undefined });
  });
});

describe('the rest of the API', () => {
  it('names receivers, and a configuration without secrets', async () => {
    expect((await ask('/api/v2/receivers')).body).toEqual([{ name: 'pager' }]);
    const status = (await ask('/api/v2/status')).body;
    expect(status).toMatchObject({ cluster: { status: 'disabled', peers: [] }, uptime: iso(0) });
    expect(JSON.stringify(status)).not.toContain('http://pager');
  });

  it('tells paths and methods that are not there', async () => {
    expect(await ask('/api/v2/nothing')).toEqual({
      status: 404,
      body: { code: 404, message: 'path /api/v2/nothing was not found' },
    });
    expect(await ask({ method: 'PUT', url: '/api/v2/alerts' })).toEqual({
      status: 405,
      body: { code: 405, message: 'method PUT is not allowed, but [POST,GET] are' },
    });
  });
});
