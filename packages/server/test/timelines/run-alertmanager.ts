import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Stop, end, eventually, freePort, start, temporaryFolder } from '../e2e/vedette-process.ts';
import { startHookServer } from './hook-server.ts';
import type { Heard, LabelSet, Scenario, Step } from './scenario.ts';

/** Runs a scenario on the Alertmanager at the path, in real time. */
export async function runAlertmanager(program: string, scenario: Scenario): Promise<readonly Heard[]> {
  const hooks = await startHookServer();
  try {
    const house = await Real.start(program, scenario.config, hooks.url);
    hooks.begin();
    house.begin();
    const startMs = performance.now();
    const until = (atS: number): Promise<void> => sleep(Math.max(0, startMs + atS * 1_000 - performance.now()));
    for (const step of scenario.steps) {
      await until(step.atS);
      if ('receiver' in step) hooks.answers.set(step.receiver, step.answers);
      else await house.take(step);
    }
    await until(scenario.endS);
    await house.stop();
    return hooks.heard;
  } finally {
    hooks.close();
  }
}

class Real {
  readonly #program: string;
  readonly #folder = temporaryFolder();
  readonly #port: number;
  readonly #hookUrl: string;
  readonly #silences = new Map<string, string>();
  readonly #since = new Map<string, string>();
  #startMs = Date.now();
  #child: ReturnType<typeof start> | undefined;

  private constructor(program: string, port: number, hookUrl: string) {
    this.#program = program;
    this.#port = port;
    this.#hookUrl = hookUrl;
  }

  static async start(program: string, config: string, hookUrl: string): Promise<Real> {
    const real = new Real(program, await freePort(), hookUrl);
    real.#write(config);
    await real.#run();
    return real;
  }

  /** From now on times of the scenario count. */
  begin(): void {
    this.#startMs = Date.now();
  }

  async take(step: Step): Promise<void> {
    const now = new Date();
    if ('fire' in step) {
      const startsAt = new Date(now.getTime() - (step.sinceS ?? 0) * 1_000).toISOString();
      for (const labels of step.fire) this.#since.set(JSON.stringify(labels), startsAt);
      const ends = step.forS === undefined ? {} : { endsAt: new Date(now.getTime() + step.forS * 1_000).toISOString() };
      await this.#api(
        'POST',
        'alerts',
        step.fire.map((labels) => ({ labels, startsAt, ...ends })),
      );
    } else if ('resolve' in step) {
      await this.#api(
        'POST',
        'alerts',
        step.resolve.map((labels) => this.#ended(labels, now)),
      );
    } else if ('silence' in step) {
      const matchers = Object.entries(step.matching).map(([name, value]) => ({
        name,
        value,
        isRegex: false,
        isEqual: true,
      }));
      const endsAt = new Date(this.#startMs + step.untilS * 1_000).toISOString();
      const silence = { matchers, startsAt: now.toISOString(), endsAt, createdBy: 'scenario', comment: step.silence };
      const { silenceID } = (await this.#api('POST', 'silences', silence)) as { silenceID: string };
      this.#silences.set(step.silence, silenceID);
    } else if ('expire' in step) {
      await this.#api('DELETE', `silence/${this.#silences.get(step.expire)}`);
    } else if ('restart' in step) {
      await this.stop();
      await this.#run();
    } else if ('reload' in step) {
      this.#write(step.reload);
      await this.#call('POST', '/-/reload');
    }
  }

  async stop(): Promise<void> {
    if (this.#child) await end(this.#child);
  }

  #ended(labels: LabelSet, now: Date) {
    const startsAt = this.#since.get(JSON.stringify(labels)) ?? now.toISOString();
    return { labels, startsAt, endsAt: now.toISOString() };
  }

  #write(config: string): void {
    writeFileSync(join(this.#folder, 'alertmanager.yml'), config.replaceAll('http://HOOK/', this.#hookUrl));
  }

  async #run(): Promise<void> {
    const args = [
      `--config.file=${join(this.#folder, 'alertmanager.yml')}`,
      `--storage.path=${join(this.#folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${this.#port}`,
      '--cluster.listen-address=',
    ];
    const child = start(this.#program, args, this.#folder);
    this.#child = child;
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Stop(`Alertmanager ended with ${child.exitCode}:\n${child.output()}`);
        await this.#call('GET', '/-/ready');
      },
      { everyMs: 20 },
    );
  }

  #api(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.#call(method, `/api/v2/${path}`, body);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const content =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, { method, ...content });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text.startsWith('{') ? JSON.parse(text) : text;
  }
}
