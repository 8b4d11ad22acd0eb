import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningAlertmanager, startVedetteAlertmanager } from './alertmanager-process.ts';
import { cleanUp, eventually, programOrNotice, runVedette, startVedette, temporaryFolder } from './vedette-process.ts';
import { startWebhookReceiver } from './webhook-receiver.ts';

const run = promisify(execFile);
const amtool = programOrNotice('/usr/bin/amtool', 'amtool against Vedette');

afterEach(cleanUp);

const config = (hook: string): string => `global: { resolve_timeout: 2m }
route:
  receiver: team
  group_by: [alertname]
  group_wait: 1s
  group_interval: 2s
  routes:
    - receiver: pager
      matchers: ['severity="critical"']
      continue: true
    - receiver: site
      match_re: { site: 'north|south' }
inhibit_rules:
  - source_matchers: ['severity="critical"']
    target_matchers: ['severity="warning"']
    equal: [site]
time_intervals:
  - name: night
    time_intervals: [{ times: [{ start_time: '22:00', end_time: '24:00' }] }]
receivers:
  - name: team
  - name: pager
    webhook_configs: [{ url: '${hook}', http_config: { basic_auth: { username: u, password: canary-hunter2 } } }]
  - name: site
`;

/** What it printed; its complaint that amtool and Alertmanager have other versions goes to standard error. */
const tool =
  ({ url }: Pick<RunningAlertmanager, 'url'>) =>
  async (...args: readonly string[]): Promise<string> =>
    (await run(amtool ?? '', [`--alertmanager.url=${url}`, ...args])).stdout.trim();

const labelsOf = (json: string): readonly Record<string, string>[] =>
  (JSON.parse(json) as { labels: Record<string, string> }[]).map(({ labels }) => labels);

describe.runIf(amtool !== undefined)("Debian's amtool against Vedette", () => {
  it('adds and queries alerts, keeps silences, and shows the configuration and its routes', async () => {
    const hook = await startWebhookReceiver();
    const vedette = await startVedetteAlertmanager({ config: config(hook.url) });
    const am = tool(vedette);

    // alert add, alert query
    await am(
      'alert',
      'add',
      'alertname=Down',
      'camera=gate',
      'severity=critical',
      'site=north',
      '--annotation=summary=gone',
      '--generator-url=http://rules/graph',
    );
    await am('alert', 'add', 'Dusty', 'camera=yard', 'severity=warning', 'site=north');
    await am(
      'alert',
      'add',
      'Old',
      'camera=dock',
      `--start=${new Date(Date.now() - 3_600_000).toISOString()}`,
      `--end=${new Date(Date.now() - 60_000).toISOString()}`,
    );
    expect(await am('alert', 'query')).toMatch(/^Alertname +Starts At +Summary +State *\nDown .*gone +active *$/);
    const cameras = async (...args: readonly string[]): Promise<unknown> =>
      labelsOf(await am('alert', 'query', '-o', 'json', ...args))
        .map(({ camera }) => camera)
        .sort();
    expect(await cameras('--active', '--inhibited', '--silenced')).toEqual(['gate', 'yard']);
    expect(await cameras('--inhibited')).toEqual(['yard']);
    expect(await cameras('camera=~g.+')).toEqual(['gate']);
    expect(await cameras('Down')).toEqual(['gate']);
    expect(await cameras('-r', 'pager')).toEqual(['gate']);
    expect(await am('alert', 'query', '-o', 'extended')).toContain('summary="gone"');
    await eventually(() =>
      expect(hook.messages).toMatchObject([
        { status: 'firing', receiver: 'pager', alerts: [{ labels: { camera: 'gate' } }] },
      ]),
    );

    // silence add, query, update, expire
    const id = await am(
      'silence',
      'add',
      '-a',
      'ada',
      '-c',
      'lens is cleaned',
      '-d',
      '2h',
      'camera=gate',
      'site!=south',
      'alertname=~D.+',
    );
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await cameras('--silenced')).toEqual(['gate']);
    expect(await am('silence', 'query', '-o', 'extended')).toContain('{camera="gate",site!="south",alertname=~"D.+"}');
    expect(await am('silence', 'query', '-q', 'camera=gate')).toBe(id);
    expect(await am('silence', 'query', '-q', 'camera=yard')).toBe('');
    expect(await am('silence', 'update', '-d', '3h', '-c', 'still dirty', id)).toMatch(
      new RegExp(`${id} .*ada +still dirty`),
    );
    const exported = join(vedette.folder, 'silences.json');
    writeFileSync(exported, await am('silence', 'query', '-o', 'json'));
    await am('silence', 'expire', id);
    expect(await am('silence', 'query', '-q')).toBe('');
    expect(await am('silence', 'query', '-q', '--expired', '--within=1h')).toBe(id);
    expect(await cameras('--silenced')).toEqual([]);

    // silence import, and what is refused
    const imported = await am('silence', 'import', exported);
    expect(imported).toMatch(/^[0-9a-f-]{36}$/);
    expect(await am('silence', 'query')).toContain('still dirty');
    await expect(am('silence', 'expire', 'cdd43be9-4a71-4a30-9c84-b5a8a4b1f0c1')).rejects.toThrow();
    await expect(am('silence', 'add', '-c', 'everything', 'alertname=~.*')).rejects.toThrow(
      /at least one matcher must not match the empty string/,
    );

    // config show, config routes: the answer is a file that amtool reads, without secrets
    const shown = await am('config', 'show');
    expect(shown).toContain('receiver: team');
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(hook.url);
    expect(await am('config', 'routes', 'show')).toMatch(
      /default-route +receiver: team[^]*\{severity="critical"\} +continue: true +receiver: pager/,
    );
    for (const labels of [['severity=critical', 'site=north'], ['severity=warning'], ['site=south']]) {
      const there = await am('config', 'routes', 'test', ...labels);
      expect(there).toBe(
        (
          await run(amtool ?? '', ['config', 'routes', 'test', `--config.file=${vedette.file}`, ...labels])
        ).stdout.trim(),
      );
    }
    await am('config', 'routes', 'test', '--verify.receivers=pager,site', 'severity=critical', 'site=north');
    expect(await am('cluster', 'show')).toContain('disabled');

    // Silences survive the end of the process.
    await vedette.stop('SIGKILL');
    const again = await startVedetteAlertmanager({ config: config(hook.url), folder: vedette.folder });
    expect(await tool(again)('silence', 'query', '-q')).toBe(imported);
    hook.close();
  });

  it('reads the same file as Vedette does, and refuses what Vedette refuses', async () => {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, 'words.tmpl'),
      '{{ define "words" }}{{ .Status | toUpper }}: {{ len .Alerts.Firing }}{{ end }}',
    );
    const good = `${config('http://127.0.0.1:1/hook')}templates: ['*.tmpl']\n`;
    const broken = good.replace('receiver: pager', 'receiver: nobody');
    for (const [name, text, isGood] of [
      ['good.yml', good, true],
      ['broken.yml', broken, false],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, text);
      const theirs = await run(amtool ?? '', ['check-config', file]).then(
        () => true,
        () => false,
      );
      const own = await runVedette(['check', 'alertmanager', file]);
      expect([theirs, own.code === 0], own.output).toEqual([isGood, isGood]);
    }
    const rendered = await run(amtool ?? '', [
      'template',
      'render',
      `--template.glob=${join(folder, '*.tmpl')}`,
      '--template.text={{ template "words" . }}',
    ]);
    expect(rendered.stdout).toMatch(/^[A-Z]+: \d/);
  });

  it('finds the alerts and silences of `vedette serve` too', async () => {
    const vedette = await startVedette({ config: 'catalog: { rules: false }\n' });
    const am = tool(vedette);
    await am('alert', 'add', 'alertname=Down', 'camera=gate');
    await am('silence', 'add', '-c', 'x', 'camera=gate');
    expect(labelsOf(await am('alert', 'query', '-o', 'json', '--silenced'))).toEqual([
      { alertname: 'Down', camera: 'gate' },
    ]);
    // What Prometheus's clients ask for is still Prometheus's.
    const response = await fetch(`${vedette.url}/api/v1/alerts`);
    expect(await response.json()).toMatchObject({ status: 'success', data: { alerts: [] } });
    expect(await am('config', 'routes', 'show')).toContain('vedette');
  });
});

describe('vedette alertmanager', () => {
  it('asks for users beyond loopback, serves below a prefix, reloads, and says what has no effect', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'alertmanager.yml'), config('http://127.0.0.1:1/hook'));
    const refused = await runVedette(
      ['alertmanager', '--config', join(folder, 'alertmanager.yml'), '--web.listen-address=:0'],
      folder,
    );
    expect(refused.code).toBe(1);
    expect(refused.output).toMatch(/without authentication[^]*--web\.config\.file[^]*127\.0\.0\.1:9093/);

    const running = await startVedetteAlertmanager({
      config: config('http://127.0.0.1:1/hook'),
      folder,
      args: [
        '--web.route-prefix=/am/',
        '--cluster.peer=other:9094',
        '--web.timeout=5s',
        '--data.retention=24h',
        '--log.level=debug',
      ],
    });
    expect(running.url).toMatch(/\/am$/);
    for (const path of ['/-/ready', '/-/healthy', '/api/v2/status', '/api/v1/status', '/metrics', '/'])
      expect((await fetch(`${running.url}${path}`)).status, path).toBe(200);
    expect(running.output()).toMatch(
      /--cluster\.listen-address, --cluster\.peer: no effect, because there is no gossip/,
    );
    expect((await (await fetch(`${running.url}/metrics`)).text()).match(/^alertmanager_\w+/gm)?.length).toBeGreaterThan(
      10,
    );

    // The old interface of before 0.27.
    const v1 = `${running.url}/api/v1/alerts`;
    const posted = await fetch(v1, { method: 'POST', body: JSON.stringify([{ labels: { alertname: 'Down' } }]) });
    expect(await posted.json()).toEqual({ status: 'success' });
    expect(await (await fetch(v1)).json()).toMatchObject({
      status: 'success',
      data: [{ labels: { alertname: 'Down' }, receivers: ['team'] }],
    });
    const bad = await fetch(v1, { method: 'POST', body: '[{"labels":{}}]' });
    expect([bad.status, await bad.json()]).toEqual([
      400,
      { status: 'error', errorType: 'bad_data', error: 'at least one label pair required' },
    ]);

    // A reload takes the new file; a broken one changes nothing.
    const receivers = async (): Promise<unknown> => (await fetch(`${running.url}/api/v2/receivers`)).json();
    writeFileSync(running.file, readFileSync(running.file, 'utf8').replaceAll('site\n', 'sites\n'));
    expect((await fetch(`${running.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    expect(await receivers()).toEqual([{ name: 'team' }, { name: 'pager' }, { name: 'sites' }]);
    writeFileSync(running.file, 'route: { receiver: nobody }\nreceivers: []\n');
    const reload = await fetch(`${running.url}/-/reload`, { method: 'POST' });
    expect(reload.status).toBe(400);
    expect(await reload.text()).toContain('nobody');
    expect(await receivers()).toHaveLength(3);
    expect(await (await fetch(`${running.url}/metrics`)).text()).toContain(
      'alertmanager_config_last_reload_successful 0',
    );
    expect(await running.stop('SIGTERM')).toBe(0);
  });
});
