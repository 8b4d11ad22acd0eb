import { afterEach, describe, expect, it } from 'vitest';
import { type RunningAlertmanager, startRealAlertmanager, startVedetteAlertmanager } from './alertmanager-process.ts';
import { cleanUp, programOrNotice } from './vedette-process.ts';

const program = programOrNotice(
  '/usr/bin/prometheus-alertmanager',
  "the comparison of API v2 with Debian's Alertmanager",
);

afterEach(cleanUp);

const CONFIG = `route:
  receiver: team
  group_by: [alertname]
  group_wait: 1h
  routes:
    - { receiver: pager, matchers: ['severity="critical"'], continue: true }
    - { receiver: site, matchers: ['site=~"n.+"'], group_by: [site] }
receivers: [{ name: team }, { name: pager }, { name: site }]
`;

interface Request {
  readonly method?: string;
  readonly path: string;
  readonly body?: unknown;
  readonly type?: string;
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: unknown;
}

async function ask({ url }: RunningAlertmanager, { method = 'GET', path, body, type }: Request): Promise<Answer> {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const headers = text === undefined ? {} : { 'content-type': type ?? 'application/json' };
  const response = await fetch(`${url}${path}`, { method, headers, ...(text === undefined ? {} : { body: text }) });
  const answer = await response.text();
  const json = response.headers.get('content-type')?.includes('json') && answer !== '';
  return {
    status: response.status,
    type: answer.trim() === '' ? null : (response.headers.get('content-type')?.split(';')[0] ?? null),
    body: json ? JSON.parse(answer) : answer.trim(),
  };
}

/** Ids and moments differ between two processes; what only newer Alertmanagers and Vedette tell is left out. */
function comparable(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/"(updatedAt|startsAt|endsAt)":"\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z"/g, '"$1":"<time>"')
    .replace(/,?"(mutedBy|reasons)":\[[^\]]*\]/g, '')
    .replaceAll('{,', '{')
    // The order of a hash map, there.
    .replace('[GET,POST]', '[POST,GET]');
  return JSON.parse(text) as unknown;
}

describe.runIf(program !== undefined)("API v2 beside Debian's Alertmanager 0.25", () => {
  it('answers the same to the same requests: statuses, bodies, orders, faults', async () => {
    const [ours, real] = await Promise.all([
      startVedetteAlertmanager({ config: CONFIG }),
      startRealAlertmanager(program ?? '', { config: CONFIG }),
    ]);
    const both = async (request: Request): Promise<readonly [Answer, Answer]> =>
      Promise.all([ask(ours, request), ask(real, request)]);
    const same = async (request: Request): Promise<void> => {
      const [own, theirs] = await both(request);
      expect(comparable(own), JSON.stringify(request)).toEqual(comparable(theirs));
    };
    const iso = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const silence = (more: object = {}): object => ({
      matchers: [{ name: 'camera', value: 'gate', isRegex: false }],
      startsAt: iso(0),
      endsAt: iso(2),
      createdBy: 'ada',
      comment: 'lens',
      ...more,
    });
    const post = (path: string, body: unknown, type?: string): Request =>
      type === undefined ? { method: 'POST', path, body } : { method: 'POST', path, body, type };
    const none = 'cdd43be9-4a71-4a30-9c84-b5a8a4b1f0c1';

    // Alerts come in.
    const alerts = '/api/v2/alerts';
    await same(
      post(alerts, [
        { labels: { alertname: 'Down', camera: 'gate', severity: 'critical', site: 'north' }, annotations: { a: 'b' } },
        { labels: { alertname: 'Down', camera: 'yard', severity: 'warning' }, generatorURL: 'http://rules/graph?x=1' },
        { labels: { alertname: 'Dusty', camera: 'gate', site: 'nave', empty: '' }, startsAt: iso(-1), endsAt: iso(1) },
        { labels: { alertname: 'Over', camera: 'dock' }, startsAt: iso(-2), endsAt: iso(-1) },
        { labels: { alertname: 'Ended', camera: 'dock' }, endsAt: iso(-1) },
      ]),
    );
    for (const body of [
      '',
      '[]',
      [{}],
      [{ labels: {} }],
      [{ labels: { a: '' } }],
      [{ labels: { a: 'b' }, startsAt: iso(0), endsAt: iso(-1) }],
      [{ labels: { a: 'b' }, generatorURL: 'no url %%' }],
      [{ labels: { a: 1 } }],
      {},
    ])
      await same(post(alerts, body));
    await same(post(alerts, '[]', 'text/plain'));
    await same({ method: 'PUT', path: alerts, body: '[]' });
    await same({ path: '/api/v2/nothing' });
    await same({ path: '/api/v2/receivers' });

    // Silences.
    const silences = '/api/v2/silences';
    await same(post(silences, silence()));
    await same(post(silences, silence({ startsAt: iso(1), endsAt: iso(3), comment: '' })));
    await same(
      post(
        silences,
        silence({
          startsAt: iso(-5),
          endsAt: iso(1),
          matchers: [
            { name: 'camera', value: 'ya.*', isRegex: true, isEqual: true },
            { name: 'severity', value: 'critical', isRegex: false, isEqual: false },
          ],
        }),
      ),
    );
    const matcher = { name: 'a', value: 'b', isRegex: false };
    for (const body of [
      '',
      'null',
      {},
      silence({ comment: undefined }),
      silence({ createdBy: undefined }),
      silence({ startsAt: undefined }),
      silence({ endsAt: undefined }),
      silence({ matchers: undefined }),
      silence({ matchers: [] }),
      silence({ matchers: [{}] }),
      silence({ matchers: [{ ...matcher, name: undefined }] }),
      silence({ matchers: [{ ...matcher, value: undefined }] }),
      silence({ matchers: [{ ...matcher, name: '' }] }),
      silence({ matchers: [{ ...matcher, value: '' }] }),
      silence({ matchers: [{ ...matcher, value: '', isEqual: false }] }),
      silence({ matchers: [{ ...matcher, value: '.*', isRegex: true }] }),
      silence({ startsAt: iso(1), endsAt: iso(0.5) }),
      silence({ startsAt: iso(-2), endsAt: iso(-1) }),
      silence({ id: none }),
      silence({ id: 'nobody' }),
    ])
      await same(post(silences, body));
    await same({ path: `/api/v2/silence/${none}` });
    await same({ path: '/api/v2/silence/x' });
    await same({ method: 'DELETE', path: '/api/v2/silence/x' });

    // What is seen then, and through filters.
    const lists = [
      '',
      '?active=false',
      '?silenced=false',
      '?silenced=no&active=0',
      '?inhibited=false',
      '?unprocessed=false',
      '?receiver=pag.*',
      '?receiver=pag',
      '?receiver=(',
      '?filter=camera="gate"',
      '?filter=camera=gate',
      '?filter=camera=~"g.*|y.*"&filter=severity!=critical',
      '?filter=site=""',
      '?filter=site!~"n.*"',
      '?filter=',
      '?filter=a',
      '?filter=a=~"("',
      '?filter=x="a"b"',
    ];
    for (const path of [alerts, '/api/v2/alerts/groups'])
      for (const query of lists) {
        const request = { path: `${path}${encodeURI(query)}` };
        const [own, theirs] = await both(request);
        // Inside a group Debian's order is that of a hash map.
        expect(sorted(comparable(own)), request.path).toEqual(sorted(comparable(theirs)));
      }
    for (const query of [
      '',
      '?filter=camera="gate"',
      '?filter=camera=~"ya.*"',
      '?filter=camera=~"ya.*"&filter=severity!=critical',
      '?filter=camera!="x"',
      '?filter=((',
    ])
      await same({ path: `${silences}${encodeURI(query)}` });

    // Changing and ending them: the id stays or not as there.
    const ids = async (running: RunningAlertmanager): Promise<readonly string[]> =>
      ((await ask(running, { path: silences })).body as { id: string }[]).map(({ id }) => id);
    const change = async (which: number, more: object): Promise<void> => {
      const outcomes = await Promise.all(
        [ours, real].map(async (running) => {
          const id = (await ids(running))[which] ?? '';
          const before = (await ask(running, { path: `/api/v2/silence/${id}` })).body as object;
          const answer = await ask(running, post(silences, { ...before, ...more, id }));
          const { silenceID } = answer.body as { silenceID?: string };
          return { status: answer.status, kept: silenceID === id, list: (await ask(running, { path: silences })).body };
        }),
      );
      expect(comparable(outcomes[0]), JSON.stringify(more)).toEqual(comparable(outcomes[1]));
    };
    await change(0, { comment: 'longer', endsAt: iso(9) });
    await change(0, { createdBy: 'eve' });
    await change(0, { startsAt: iso(1) });
    await change(0, { matchers: [{ name: 'camera', value: 'other', isRegex: false, isEqual: true }] });
    await change(2, { startsAt: iso(1.5), endsAt: iso(8) });
    await change(1, { endsAt: iso(-1) });
    for (let twice = 0; twice < 2; twice++) {
      const [own, theirs] = await Promise.all(
        [ours, real].map(async (running) =>
          ask(running, { method: 'DELETE', path: `/api/v2/silence/${(await ids(running))[0]}` }),
        ),
      );
      expect(comparable(own)).toEqual(comparable(theirs));
    }
    await same({ path: silences });
    await change(3, { endsAt: iso(5) });
    await same({ path: alerts });
    for (const path of ['/-/ready', '/-/healthy', '/api/v2/status'])
      expect((await both({ path })).map(({ status }) => status)).toEqual([200, 200]);
  });
});

function sorted(value: unknown): unknown {
  const { body, ...rest } = value as { body: unknown };
  if (!Array.isArray(body)) return value;
  const inner = body.map((group: { alerts?: { fingerprint: string }[] }) =>
    group.alerts
      ? { ...group, alerts: [...group.alerts].sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)) }
      : group,
  );
  return { ...rest, body: inner };
}
