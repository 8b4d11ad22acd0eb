// From a fault in a scraped target to the bytes at the receiver: a target stops answering at random moments, a webhook receiver notes when
// it is told. Bar: scrape interval + evaluation interval + group_wait + 1 s.
// npx tsx bench/fault-to-page.bench.ts [--rounds 10] [--json FILE] [--compare FILE]
import { writeFileSync } from 'node:fs';
import { type IncomingMessage, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTemporaryFolder, startServer } from './process.ts';
import { startReport, valueOf } from './report.ts';

const SCRAPE_MS = 2_000;
const EVALUATE_MS = 2_000;
const GROUP_WAIT_MS = 1_000;
const BAR_MS = SCRAPE_MS + EVALUATE_MS + GROUP_WAIT_MS + 1_000;

const report = startReport();
const rounds = Number(valueOf(process.argv, '--rounds') ?? 10);

await inTemporaryFolder(async (folder) => {
  let healthy = true;
  const target = createServer((_request, response) => {
    response.writeHead(healthy ? 200 : 500, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(healthy ? 'camera_fps 25\n' : 'down\n');
  });
  let told: ((status: string) => void) | undefined;
  const receiver = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      told?.((JSON.parse(body) as { readonly status: string }).status);
      response.end();
    });
  });
  const targetPort = await listen(target);
  const receiverPort = await listen(receiver);
  writeFileSync(
    join(folder, 'rules.yml'),
    'groups: [{ name: g, rules: [{ alert: TargetDown, expr: "up{job=\\"t\\"} == 0" }] }]\n',
  );
  const server = await startServer(
    folder,
    `global: { scrape_interval: ${SCRAPE_MS}ms, scrape_timeout: 1s, evaluation_interval: ${EVALUATE_MS}ms }
rule_files: [rules.yml]
scrape_configs: [{ job_name: t, static_configs: [{ targets: ['127.0.0.1:${targetPort}'] }] }]
alerting:
  route: { receiver: page, group_wait: ${GROUP_WAIT_MS}ms, group_interval: 1s, repeat_interval: 1h }
  receivers: [{ name: page, webhook_configs: [{ url: 'http://127.0.0.1:${receiverPort}/' }] }]
`,
  );
  await sleep(8_000);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    // Other moments of the intervals each time.
    await sleep(3_000 + ((round * 379) % 2_000));
    const since = performance.now();
    healthy = false;
    times.push((await next('firing')) - since);
    healthy = true;
    await next('resolved');
  }
  times.sort((a, b) => a - b);
  report.row('fault-to-page', 'median', times[Math.floor(times.length / 2)] ?? Number.NaN, 'ms');
  report.row('fault-to-page', 'max', times.at(-1) ?? Number.NaN, 'ms');
  report.row('fault-to-page', 'bar', BAR_MS, 'ms');
  await server.stop();
  target.close();
  receiver.close();

  function next(wanted: string): Promise<number> {
    return new Promise((done) => {
      told = (status) => {
        if (status === wanted) done(performance.now());
      };
    });
  }
});
report.finish();

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return (server.address() as AddressInfo).port;
}
