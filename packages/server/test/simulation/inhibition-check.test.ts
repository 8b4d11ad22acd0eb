import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InhibitionReport } from '@vedette/wire/http';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { InhibitRule } from '../../src/alerting/index.ts';
import { examineInhibitions } from '../../src/app/index.ts';
import { createMatcher } from '../../src/model/matcher.ts';
import { DoctorHouse } from '../support/doctor-house.ts';

const seeds = join(resolve(dirname(fileURLToPath(import.meta.url)), '../../../../../shared'), 'seed-samples');
const isThere = existsSync(seeds);
if (!isThere) process.stdout.write('shared/seed-samples absent: the guide’s inhibition was not examined\n');

/** Two exporters on each recorder: the host's and the cameras'. */
function recorders(): DoctorHouse {
  const house = new DoctorHouse(3_600_000);
  for (const recorder of ['rec1', 'rec2']) {
    const host = { job: 'node-exporter', instance: `${recorder}:9100` };
    house.feed('up', host, () => 1);
    house.counter('node_cpu_seconds_total', { ...host, cpu: '0', mode: 'idle' }, 0.7);
    house.gauge('node_memory_MemTotal_bytes', host, 32e9);
    house.gauge('node_memory_MemAvailable_bytes', host, 16e9);
    const cameras = { job: 'cameras', instance: `${recorder}:9090`, camera_id: `cam-${recorder}` };
    house.gauge('camera_connection_status', cameras, 1);
    house.gauge('camera_fps', cameras, 25);
  }
  return house;
}

const rulesText = `groups:
- name: g
  rules:
  - { alert: HostDown, expr: 'up{job="node-exporter"} == 0', for: 1m }
  - { alert: CameraGone, expr: camera_connection_status == 0 }
  - { alert: CameraSlow, expr: camera_fps < 20 }
  - { alert: MemoryFull, expr: node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes < 0.1 }
  - { alert: CpuBusy, expr: 'avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[5m])) < 0.1' }
  - { alert: Slow, expr: avg(camera_fps) < 20, labels: { tier: '{{ $value }}' } }
`;

async function examine(
  house: DoctorHouse,
  rule: {
    readonly source: readonly [string, string];
    readonly target: readonly [string, string];
    readonly equal: readonly string[];
  },
  text = rulesText,
  file?: { readonly name: string; readonly text: string },
): Promise<InhibitionReport> {
  const matcher = ([name, value]: readonly [string, string]) => [createMatcher(name, '=~', value)];
  const inhibit: InhibitRule = {
    name: undefined,
    source: matcher(rule.source),
    target: matcher(rule.target),
    equal: rule.equal,
  };
  const [report] = await examineInhibitions(
    house.deps,
    { windowMs: house.pastMs, intervalMs: 30_000, timeoutMs: 60_000 },
    { inhibitRules: [inhibit], groups: house.groups(text), atMs: house.nowMs, ...(file ? { file } : {}) },
    new AbortController().signal,
  );
  if (!report) throw new Error('one inhibition has one report');
  return report;
}

describe('an inhibition', () => {
  it('can never apply where `equal` names a label that always differs; a label of the host mends it', async () => {
    const report = await examine(recorders(), {
      source: ['alertname', 'HostDown'],
      target: ['alertname', 'Camera.*'],
      equal: ['instance'],
    });
    expect(report).toMatchObject({ verdict: 'broken', summary: 'It can never apply.', repair: { equal: ['host'] } });
    expect(report.evidence).toEqual([
      'CameraGone: has instance="rec1:9090", HostDown has instance="rec1:9100"',
      'CameraSlow: has instance="rec1:9090", HostDown has instance="rec1:9100"',
    ]);
    expect(report.repair?.relabelConfigs).toContain('target_label: host');
  });

  it('does not apply to what reads the target that is down, but for what a range still holds', async () => {
    const memory = await examine(recorders(), {
      source: ['alertname', 'HostDown'],
      target: ['alertname', 'MemoryFull'],
      equal: ['instance'],
    });
    expect(memory).toMatchObject({ verdict: 'broken', summary: 'It can never apply.' });
    const cpu = await examine(recorders(), {
      source: ['alertname', 'HostDown'],
      target: ['alertname', 'CpuBusy'],
      equal: ['instance'],
    });
    expect(cpu.summary).toBe('It can never apply, but for moments after its source began.');
    expect(cpu.evidence[0]).toContain('up to 4m');
  });

  it('is sound where labels are equal, or where none are asked for', async () => {
    const fleet = await examine(recorders(), {
      source: ['alertname', 'CameraGone'],
      target: ['alertname', 'CameraSlow'],
      equal: ['camera_id', 'instance'],
    });
    expect(fleet.verdict).toBe('sound');
    expect(
      (await examine(recorders(), { source: ['alertname', 'HostDown'], target: ['alertname', 'Camera.*'], equal: [] }))
        .verdict,
    ).toBe('sound');
    const missing = await examine(recorders(), {
      source: ['alertname', 'HostDown'],
      target: ['alertname', 'Camera.*'],
      equal: ['site'],
    });
    expect(missing.verdict).toBe('sound');
  });

  it('never silences an alert that matches both sides by others of which that is true', async () => {
    const report = await examine(recorders(), {
      source: ['alertname', 'Camera.*'],
      target: ['alertname', 'Camera.*'],
      equal: [],
    });
    expect(report.verdict).toBe('broken');
  });

  it('with matchers that no rule’s alerts have is broken; labels made by templates are not judged', async () => {
    expect(
      (await examine(recorders(), { source: ['alertname', 'Gone'], target: ['alertname', 'Camera.*'], equal: [] }))
        .summary,
    ).toContain('source');
    const templated = await examine(recorders(), {
      source: ['alertname', 'HostDown'],
      target: ['alertname', 'Slow'],
      equal: ['tier', 'instance'],
    });
    expect(templated.verdict).toBe('unknown');
  });
});

describe.skipIf(!isThere)('the inhibition of the video system’s guide', () => {
  it('can never apply; its repair compares the host, and is a diff of one line', async () => {
    const text = readFileSync(join(seeds, 's4-alertmanager.yml'), 'utf8');
    const [written] = (
      parse(text) as {
        inhibit_rules: {
          source_match: Record<string, string>;
          target_match_re: Record<string, string>;
          equal: string[];
        }[];
      }
    ).inhibit_rules;
    if (!written) throw new Error('the guide has one inhibition');
    const house = recorders();
    const rules = readFileSync(join(seeds, 's4-alert_rules.yml'), 'utf8');
    const report = await examine(
      house,
      {
        source: Object.entries(written.source_match)[0] as [string, string],
        target: Object.entries(written.target_match_re)[0] as [string, string],
        equal: written.equal,
      },
      rules,
      { name: 'alertmanager.yml', text },
    );
    expect(report.verdict).toBe('broken');
    expect(report.evidence.find((line) => line.startsWith('CameraOffline'))).toBe(
      'CameraOffline: has instance="rec1:9090", NodeDown has instance="rec1:9100"',
    );
    expect(report.evidence.find((line) => line.startsWith('HighMemoryUsage'))).toContain(
      'reads only the target that is down',
    );
    const changed = (report.repair?.diff ?? '').split('\n').filter((line) => /^[-+](?![-+])/.test(line));
    expect(changed).toEqual(["-    equal: ['instance']", "+    equal: ['host']"]);
  });
});
