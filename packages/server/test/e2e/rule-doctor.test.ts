import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleDoctorAnswer, RuleReport } from '@vedette/wire/http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  programOrNotice,
  runVedette,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const prometheus = programOrNotice('/usr/bin/prometheus', 'the rule doctor against a real Prometheus');

afterEach(cleanUp);

const RULES = `groups:
- name: vedette
  interval: 1s
  rules:
  - alert: SlowQueries
    expr: histogram_quantile(0.99, vedette_query_duration_seconds) > 0.5   # never fires
    for: 5m
  - alert: Here
    expr: up{job="vedette"} == 1
    for: 20s
`;

async function groupsOf(url: string): Promise<readonly { readonly file: string; readonly name: string }[]> {
  const answer = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
    data: { groups: { file: string; name: string }[] };
  };
  return answer.data.groups;
}

describe('the rule doctor of a running Vedette', () => {
  it('calls none of the starter rules broken, and answers fast', async () => {
    const vedette = await startVedette();
    await eventually(
      async () => {
        expect(await instantQuery(vedette.url, 'rate(node_cpu_seconds_total[5m])')).not.toHaveLength(0);
        expect(await instantQuery(vedette.url, 'rate(vedette_query_duration_seconds_count[5m])')).not.toHaveLength(0);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const reports: RuleReport[] = [];
    for (const { file, name } of await groupsOf(vedette.url)) {
      const query = new URLSearchParams({ file, group: name, window: '1h' });
      const response = await fetch(`${vedette.url}/api/vedette/rules/doctor?${query.toString()}`);
      expect(response.status).toBe(200);
      reports.push(...((await response.json()) as RuleDoctorAnswer).reports);
    }
    expect(reports.length).toBeGreaterThan(10);
    const bad = reports.filter(({ verdict }) => verdict === 'broken' || verdict === 'unknown');
    expect(bad.map(({ name, summary }) => `${name}: ${summary}`)).toEqual([]);
    expect(Math.max(...reports.map(({ durationSeconds }) => durationSeconds))).toBeLessThan(3);
  });

  it('is asked from the command line: on its server, on its data when it is stopped, and nobody there is told once', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'rules.yml'), RULES);
    const vedette = await startVedette({
      folder,
      config: 'global: { scrape_interval: 1s }\nrule_files: [rules.yml]\n',
    });
    await eventually(
      async () => {
        expect(
          await instantQuery(vedette.url, 'count_over_time(vedette_query_duration_seconds_bucket[2m]) > 4'),
        ).not.toHaveLength(0);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const online = await runVedette(
      ['check', 'rules', 'rules.yml', '--doctor', '--server', vedette.url, '--window', '10m'],
      folder,
    );
    expect(online.code).toBe(1);
    expect(online.output).toContain('vedette / SlowQueries: Broken: histogram_quantile needs buckets');
    expect(online.output).toContain('vedette / Here: Sound');
    expect(online.output).toContain('fired once');
    expect(online.output).toContain(
      '+    expr: histogram_quantile(0.99, sum by (le) (rate(vedette_query_duration_seconds_bucket[5m]))) > 0.5   # never fires',
    );
    expect(online.output).toContain('2 rules: 1 sound, 0 doubtful, 1 broken');
    await vedette.stop();
    const gone = await runVedette(['check', 'rules', 'rules.yml', '--doctor', '--server', vedette.url], folder);
    expect(gone).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^vedette: no answer from [^\n]*\n$/) as string,
    });
    const offline = await runVedette(
      ['check', 'rules', 'rules.yml', '--doctor', '--data', 'data', '--window', '10m', '--json'],
      folder,
    );
    expect(offline.code).toBe(1);
    const reports = JSON.parse(offline.output.slice(offline.output.indexOf('[\n'))) as RuleReport[];
    expect(reports.map(({ verdict }) => verdict)).toEqual(['broken', 'sound']);
    expect(readFileSync(join(folder, 'rules.yml'), 'utf8')).toBe(RULES);
  });
});

describe.runIf(prometheus !== undefined)('the rule doctor against a real Prometheus', () => {
  it('says of its rules what it says on its own store', async () => {
    const folder = temporaryFolder();
    const vedette = await startVedette();
    const port = await freePort();
    writeFileSync(
      join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s }
scrape_configs:
  - job_name: vedette
    static_configs: [{ targets: ['${new URL(vedette.url).host}'] }]
`,
    );
    writeFileSync(join(folder, 'rules.yml'), RULES);
    start(
      prometheus ?? '',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      folder,
    );
    const url = `http://127.0.0.1:${port}`;
    await eventually(
      async () => {
        await instantQuery(vedette.url, 'up');
        expect(
          await instantQuery(url, 'count_over_time(vedette_query_duration_seconds_bucket[2m]) > 4'),
        ).not.toHaveLength(0);
      },
      { timeoutMs: 60_000, everyMs: 500 },
    );
    const answer = await runVedette(
      ['check', 'rules', 'rules.yml', '--doctor', '--server', url, '--window', '10m', '--json'],
      folder,
    );
    const reports = JSON.parse(answer.output) as RuleReport[];
    expect(reports.map(({ name, verdict, repair }) => [name, verdict, repair?.verdict])).toEqual([
      ['SlowQueries', 'broken', 'sound'],
      ['Here', 'sound', undefined],
    ]);
    expect(reports[1]?.backtest).toMatchObject({ isExact: true });
  });
});
