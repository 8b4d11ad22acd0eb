import type { DashboardList, DashboardSummary } from '@vedette/wire/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { type Running, cleanUp, instantQuery, startVedette } from './vedette-process.ts';

/** Tall enough that every panel of a dashboard is in view, and asks. */
const TALL = { width: 1_600, height: 6_000 };

/** The simulated fleet runs in no containers, and its alerts are told to nobody. */
const WITHOUT_EXPORTER = /Nothing sends (container_|vedette_notifications_)/;

const SETTLE_MAX_MS = 20_000;

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
    for (const dashboard of dashboards) {
      // What happens seldom in a small fleet may take a while to happen first.
      await expect.poll(() => troubles(dashboard), { timeout: 90_000, interval: 10_000 }).toEqual([]);
    }
  }, 600_000);

  /** What is wrong on one dashboard, opened anew: panels that failed, and those whose metric nobody sends. */
  async function troubles({ uid, title, panelCount }: DashboardSummary): Promise<readonly string[]> {
    const { page, faults } = await openPage(browser, TALL);
    try {
      await page.goto(`${vedette.url}/d/${uid}?from=now-15m&to=now`);
      const panels = page.locator('section[aria-label]');
      await panels.nth(panelCount - 1).waitFor({ timeout: SETTLE_MAX_MS });
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached', timeout: SETTLE_MAX_MS });
      const shown = await panels.evaluateAll((sections) =>
        sections.map((section) => ({
          panel: section.getAttribute('aria-label') ?? '',
          text: section.textContent ?? '',
          isFaulty:
            section.querySelector('[role="alert"], [aria-label$="failed"], [aria-label*="problems of"]') !== null,
        })),
      );
      const wrong = shown.filter(
        ({ text, isFaulty }) => isFaulty || (text.includes('No such metric yet') && !WITHOUT_EXPORTER.test(text)),
      );
      return [...wrong.map(({ panel, text }) => `${title}, ${panel}: ${text.slice(0, 200)}`), ...faults];
    } finally {
      await page.close();
    }
  }
});
