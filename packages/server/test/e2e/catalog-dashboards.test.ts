import type { DashboardList } from '@vedette/wire/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { type Running, cleanUp, instantQuery, startVedette } from './vedette-process.ts';

/** Tall enough that every panel of a dashboard is in view, and asks. */
const TALL = { width: 1_600, height: 6_000 };

describe.skipIf(!hasBrowser)('the dashboards of the catalogue, on the simulated fleet', () => {
  let vedette: Running;
  let browser: Browser;

  beforeAll(async () => {
    vedette = await startVedette({ args: ['--demo', '24'] });
    browser = await openBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await cleanUp();
  });

  it('draw without an error', async () => {
    // Recording rules of a minute have been evaluated, and rates have two samples.
    const samples = async (): Promise<number> => {
      const [age] = await instantQuery(vedette.url, 'count_over_time(up{job="analytics-engine"}[5m])');
      return Number(age?.value[1] ?? 0);
    };
    await expect.poll(samples, { timeout: 180_000, interval: 2_000 }).toBeGreaterThan(6);
    const { dashboards } = (await (await fetch(`${vedette.url}/api/vedette/dashboards`)).json()) as DashboardList;
    expect(dashboards.length).toBeGreaterThan(15);
    for (const { uid, title, panelCount } of dashboards) {
      const { page, faults } = await openPage(browser, TALL);
      await page.goto(`${vedette.url}/d/${uid}?from=now-15m&to=now`);
      await expect.poll(() => page.locator('section[aria-label]').count(), { timeout: 20_000 }).toBeGreaterThan(0);
      await expect.poll(() => page.locator('[aria-busy="true"]').count(), { timeout: 20_000 }).toBe(0);
      const shown = await page.locator('section[aria-label]').evaluateAll((sections) =>
        sections.map((section) => ({
          panel: section.getAttribute('aria-label') ?? '',
          text: section.textContent ?? '',
          trouble: [
            ...section.querySelectorAll('[role="alert"], [aria-label$="failed"], [aria-label*="problems of"]'),
          ].map((element) => element.textContent || element.getAttribute('aria-label')),
        })),
      );
      expect(shown.length, title).toBeGreaterThanOrEqual(panelCount);
      expect(
        shown.filter(({ trouble, text }) => trouble.length > 0 || /No such metric yet|cannot be drawn/.test(text)),
        title,
      ).toEqual([]);
      expect(faults, title).toEqual([]);
      await page.close();
    }
  }, 480_000);
});
