import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import {
  type Running,
  cleanUp,
  eventually,
  freePort,
  instantQuery,
  root,
  start,
  startVedette,
  temporaryFolder,
} from './vedette-process.ts';

const seeds = resolve(root, '../shared/seed-samples');
const hasSeeds = existsSync(seeds);
if (!hasSeeds) process.stdout.write('shared/seed-samples is absent: the dashboards of the guides are not opened\n');

/** Screenshots stay when a folder is named, for a person to look at. */
const pictures = process.env.VEDETTE_E2E_PICTURES ?? temporaryFolder();
mkdirSync(pictures, { recursive: true });

describe.runIf(hasBrowser)('the pages in a browser', () => {
  let vedette: Running;
  let browser: Browser;

  beforeAll(async () => {
    const broken = join(temporaryFolder(), 'broken.json');
    writeFileSync(broken, '{ "title": "Broken", ');
    const port = await freePort();
    start(
      process.execPath,
      [join(root, 'bench/gen_fleet.mjs'), 'serve', String(port), '--cameras', '40', '--sites', '4'],
      root,
    );
    vedette = await startVedette({
      config: `global: { scrape_interval: 1s, evaluation_interval: 2s }
scrape_configs:
  - job_name: camera
    honor_labels: true
    static_configs: [{ targets: ['127.0.0.1:${port}'] }]
  - job_name: gone
    static_configs: [{ targets: ['127.0.0.1:1'] }]
host_collector: { scrape_interval: 2s }
catalog: { rules: true }
alerting:
  route: { receiver: pager, group_by: [alertname], group_wait: 1s }
  receivers: [{ name: pager, webhook_configs: [{ url: 'http://127.0.0.1:1/hook' }] }]
dashboards: { paths: ['${broken}'${hasSeeds ? `, '${seeds}'` : ''}] }
`,
    });
    await eventually(async () => {
      const counts = await instantQuery(vedette.url, 'min(count_over_time(node_load1{job="host"}[5m]))');
      expect(Number(counts[0]?.value[1])).toBeGreaterThan(10);
      expect((await instantQuery(vedette.url, 'count(camera_fps)'))[0]?.value[1]).toBe('40');
    });
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await cleanUp();
  });

  it('the first page is the host dashboard, drawn from real samples, in light and dark', async () => {
    for (const dark of [false, true]) {
      const { page, faults } = await openPage(browser, { dark });
      await page.goto(`${vedette.url}/?from=now-5m&to=now`);
      await page.waitForURL(/\/d\/vedette-host/);
      await page.locator('canvas').first().waitFor();
      await eventually(async () => expect(await page.locator('canvas').count()).toBeGreaterThan(3));
      expect(await page.getByText('No data').count()).toBeLessThan(3);
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: join(pictures, `host-${dark ? 'dark' : 'light'}.png`), fullPage: true });
      expect(faults).toEqual([]);
      await page.close();
    }
  });

  it('the list of dashboards names each, and the file that cannot be read', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${vedette.url}/d`);
    await page.getByText('This host').first().waitFor();
    await page
      .getByText(/not listed/)
      .first()
      .click();
    await page.getByText('broken.json').first().waitFor();
    await page.screenshot({ path: join(pictures, 'dashboards.png') });
    expect(faults).toEqual([]);
    await page.close();
  });

  it('an expression typed in Explore is drawn and can be shared by its address', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${vedette.url}/explore`);
    const editor = page.locator('.cm-content').first();
    await editor.click();
    await page.keyboard.type('avg by (site) (camera_fps)');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Enter');
    await page.locator('canvas').first().waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(pictures, 'explore.png') });
    const shared = page.url();
    expect(decodeURIComponent(shared)).toContain('avg');
    await page.goto('about:blank');
    await page.goto(shared);
    await page.locator('canvas').first().waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  it('a query that does not parse shows where', async () => {
    const { page } = await openPage(browser);
    await page.goto(`${vedette.url}/explore`);
    await page.locator('.cm-content').first().click();
    await page.keyboard.type('rate(camera_fps[1m]) by (site)');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+Enter');
    await page
      .getByText(/parse error/i)
      .first()
      .waitFor();
    await page.screenshot({ path: join(pictures, 'explore-error.png') });
    await page.close();
  });

  it('Alerts shows what fires and each rule; Status shows the dead target with its error', async () => {
    await eventually(
      async () => {
        const alerts = (await (await fetch(`${vedette.url}/api/v1/alerts`)).json()) as {
          data: { alerts: { state: string }[] };
        };
        expect(alerts.data.alerts.length).toBeGreaterThan(0);
      },
      { timeoutMs: 60_000 },
    );
    const { page, faults } = await openPage(browser);
    await page.goto(`${vedette.url}/alerts`);
    await page.getByText('TargetDown').first().waitFor();
    await page.screenshot({ path: join(pictures, 'alerts.png'), fullPage: true });
    await page.goto(`${vedette.url}/alerts/receivers`);
    await page.getByText('pager').first().waitFor();
    await page.screenshot({ path: join(pictures, 'receivers.png') });
    await page.goto(`${vedette.url}/status`);
    await page
      .getByText(/refused/i)
      .first()
      .waitFor();
    await page.screenshot({ path: join(pictures, 'status.png'), fullPage: true });
    expect(faults).toEqual([]);
    await page.close();
  });

  it.runIf(hasSeeds)(
    'every dashboard of the guides opens; the panel with the wrong query shows its error',
    async () => {
      const { dashboards } = (await (await fetch(`${vedette.url}/api/vedette/dashboards`)).json()) as {
        dashboards: { uid: string; title: string; source: string }[];
      };
      const guides = dashboards.filter(({ source }) => source === 'file');
      expect(guides.length).toBeGreaterThanOrEqual(8);
      for (const { uid, title } of guides) {
        const { page, faults } = await openPage(browser);
        await page.goto(`${vedette.url}/d/${uid}?from=now-5m&to=now`);
        await page.getByText(title).first().waitFor();
        await page.waitForTimeout(700);
        await page.screenshot({ path: join(pictures, `guide-${uid}.png`), fullPage: true });
        if (title.includes('Performance Analysis'))
          await page
            .getByText(/parse error/i)
            .first()
            .waitFor();
        expect(faults, title).toEqual([]);
        await page.close();
      }
    },
  );

  it('works on a telephone and with the keyboard alone', async () => {
    const { page, faults } = await openPage(browser, { width: 390, height: 844 });
    await page.goto(`${vedette.url}/d/vedette-host?from=now-5m&to=now`);
    await page.locator('canvas').first().waitFor();
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    await page.screenshot({ path: join(pictures, 'phone.png') });
    await page.setViewportSize({ width: 1_280, height: 800 });
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForURL(/\/status/);
    expect(faults).toEqual([]);
    await page.close();
  });
});
