import { mkdirSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { StatusOverview, TargetSeriesOverview } from '@vedette/wire/http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { type Running, cleanUp, eventually, startVedette, temporaryFolder } from './vedette-process.ts';

/** Screenshots stay when a folder is named, for a person to look at. */
const pictures = process.env.VEDETTE_E2E_PICTURES ?? temporaryFolder();
mkdirSync(pictures, { recursive: true });

const SERIES_MAX = 200;

const PAGES: Readonly<Record<string, (row: number) => string>> = {
  '/gateway': (row) => `http_requests{path="/camera/${row}",code="200"} ${row}`,
  '/player': (row) => `player_frames{session="s-${row}"} ${row}`,
};

/** Two targets whose labels explode: one has a sample_limit, the other meets the limit of the whole store. */
async function serveExplosions(): Promise<Server> {
  const server = createServer((request, response) => {
    const row = PAGES[request.url ?? ''];
    response.writeHead(row ? 200 : 404, { 'content-type': 'text/plain; version=0.0.4' });
    response.end(row ? Array.from({ length: 400 }, (_, i) => `${row(i)}\n`).join('') : '');
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return server;
}

describe('explosions of series', () => {
  let targets: Server;
  let vedette: Running;
  let address: string;

  const json = async <T>(path: string): Promise<T> => (await (await fetch(`${vedette.url}${path}`)).json()) as T;

  beforeAll(async () => {
    targets = await serveExplosions();
    address = `127.0.0.1:${(targets.address() as AddressInfo).port}`;
    vedette = await startVedette({
      config: `global: { scrape_interval: 1s }
storage: { active_series: ${SERIES_MAX} }
host_collector: { enabled: false }
self_monitoring: { enabled: false }
catalog: { rules: false }
scrape_configs:
  - job_name: gateway
    metrics_path: /gateway
    sample_limit: 100
    static_configs: [{ targets: ['${address}'] }]
  - job_name: player
    metrics_path: /player
    static_configs: [{ targets: ['${address}'] }]
`,
    });
    await eventually(async () => {
      const { overLimitTotal } = await json<TargetSeriesOverview>('/api/vedette/target-series');
      expect(overLimitTotal).toBe(2);
    });
  });

  afterAll(async () => {
    targets?.closeAllConnections();
    targets?.close();
    await cleanUp();
  });

  it('end at the limit of their target and at the limit of all series, and both name the label to blame', async () => {
    const { metrics } = await json<StatusOverview>('/api/vedette/status');
    expect(metrics).toMatchObject({
      knownSeries: SERIES_MAX,
      seriesMax: SERIES_MAX,
      seriesRefusal: { isOn: true, label: { name: 'session' }, metric: { name: 'player_frames' } },
    });
    expect(metrics.seriesRefusal?.text).toMatch(/^storage\.active_series is 200 and reached; the label "session" has/);
    expect(metrics.samplesRejectedByReason['series-limit']).toBeGreaterThan(100);
    const { overLimit } = await json<TargetSeriesOverview>('/api/vedette/target-series');
    expect(
      overLimit.map(({ scrapePool, limit, label, samples }) => ({ scrapePool, limit, label, samples })).sort(byPool),
    ).toEqual([
      { scrapePool: 'gateway', limit: 'sample_limit', label: 'path', samples: 400 },
      { scrapePool: 'player', limit: 'storage.active_series', label: 'session', samples: 400 },
    ]);
  });

  describe.runIf(hasBrowser)('in a browser', () => {
    let browser: Browser;

    beforeAll(async () => {
      browser = await openBrowser();
    });

    afterAll(async () => {
      await browser?.close();
    });

    it('are on the Status page: what is refused, whom to blame, what to do', async () => {
      for (const dark of [false, true]) {
        const { page, faults } = await openPage(browser, { dark, width: 1_280 });
        await page.goto(`${vedette.url}/status/cardinality`);
        const refused = page.getByRole('region', { name: 'Refused series' });
        await refused.getByText('New series are refused').waitFor();
        expect(await refused.textContent()).toContain('the label "session" has');
        expect(await refused.locator('pre').textContent()).toContain('regex: session');
        expect(await page.getByRole('meter').getAttribute('aria-valuetext')).toBe('200 of 200');
        const limited = page.getByRole('region', { name: 'Targets over a limit' });
        await limited.getByText('sample_limit exceeded: 400 samples').waitFor();
        await page.getByRole('region', { name: 'Labels with the most values' }).getByText('session').waitFor();
        await page.screenshot({ path: join(pictures, `cardinality-${dark ? 'dark' : 'light'}.png`), fullPage: true });
        expect(faults).toEqual([]);
        await page.close();
      }
    });

    it('lead to the target and, by keyboard, to the query that shows the label', async () => {
      const { page, faults } = await openPage(browser);
      await page.goto(`${vedette.url}/status/cardinality`);
      const limited = page.getByRole('region', { name: 'Targets over a limit' });
      await limited.getByRole('link', { name: 'path' }).waitFor();
      await limited.getByRole('link', { name: address }).first().click();
      await page.waitForURL(/\/status\/targets\?q=/);
      await page.getByText(/_limit exceeded|were refused/).waitFor();
      await page.goBack();
      await page
        .getByRole('region', { name: 'Refused series' })
        .getByRole('link', { name: 'player_frames', exact: true })
        .focus();
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/explore\/metrics\?q=topk/);
      await page.getByText('s-1', { exact: true }).first().waitFor();
      await page.screenshot({ path: join(pictures, 'cardinality-explore.png') });
      expect(faults).toEqual([]);
      await page.close();
    });

    it('fit on a telephone', async () => {
      const { page, faults } = await openPage(browser, { width: 390, height: 844 });
      await page.goto(`${vedette.url}/status/cardinality`);
      await page.getByRole('region', { name: 'Labels with the most values' }).waitFor();
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow).toBeLessThanOrEqual(0);
      await page.screenshot({ path: join(pictures, 'cardinality-phone.png'), fullPage: true });
      expect(faults).toEqual([]);
      await page.close();
    });

    it('have an empty page that says what it is for', async () => {
      const empty = await startVedette({
        config: 'host_collector: { enabled: false }\nself_monitoring: { enabled: false }\ncatalog: { rules: false }\n',
      });
      const { page, faults } = await openPage(browser);
      await page.goto(`${empty.url}/status/cardinality`);
      await page.getByText('There are no series yet').waitFor();
      await page.screenshot({ path: join(pictures, 'cardinality-empty.png') });
      expect(faults).toEqual([]);
      await page.close();
    });
  });
});

function byPool(a: { readonly scrapePool: string }, b: { readonly scrapePool: string }): number {
  return a.scrapePool < b.scrapePool ? -1 : 1;
}
