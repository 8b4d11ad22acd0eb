import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AlertPagesHouse, cameraPage, openAlertPagesHouse } from './alert-pages-house.ts';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { cleanUp, eventually, temporaryFolder } from './vedette-process.ts';

/** Screenshots stay when a folder is named, for a person to look at. */
const pictures = process.env['VEDETTE_E2E_PICTURES'] ?? temporaryFolder();
mkdirSync(pictures, { recursive: true });

const TABS_MAX = 150;

interface AnsweredAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly silencedBy: readonly string[] };
}

describe.runIf(hasBrowser)('the pages of alerts in a browser', () => {
  let house: AlertPagesHouse;
  let browser: Browser;
  let url = '';

  beforeAll(async () => {
    house = await openAlertPagesHouse();
    ({ url } = house.vedette);
    await eventually(async () => expect((await answered()).map(({ labels }) => labels['alertname'])).toHaveLength(5), {
      timeoutMs: 60_000,
    });
    await eventually(async () => {
      const events = (await (await fetch(`${url}/api/vedette/alerting/history?limit=100`)).json()) as {
        events: { state: string }[];
      };
      expect(events.events.map(({ state }) => state)).toContain('notified');
    });
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await house?.close();
    await cleanUp();
  });

  async function answered(): Promise<readonly AnsweredAlert[]> {
    return (await (await fetch(`${url}/api/v2/alerts`)).json()) as AnsweredAlert[];
  }

  /** A page whose errors, those of the console too, are counted. */
  async function open(
    address: string,
    options: { readonly dark?: boolean; readonly width?: number } = {},
  ): Promise<{ page: Page; done: () => Promise<void> }> {
    const { page, faults } = await openPage(browser, { width: 1_280, ...options });
    const said: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') said.push(message.text());
    });
    await page.goto(address.startsWith('http') ? address : `${url}${address}`);
    return {
      page,
      done: async () => {
        await page.close();
        expect([...faults, ...said]).toEqual([]);
      },
    };
  }

  /** The same view at the same address, for somebody else. */
  async function shared(page: Page, sees: (other: Page) => Locator): Promise<void> {
    const other = await open(page.url());
    await sees(other.page).waitFor();
    await other.done();
  }

  /** Nothing but the Tab key leads there. */
  async function tabTo(page: Page, place: Locator): Promise<void> {
    await place.waitFor();
    const handle = await place.elementHandle();
    for (let i = 0; i < TABS_MAX; i++) {
      if (await handle?.evaluate((node) => node === node.ownerDocument?.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`${place.toString()} cannot be reached with the Tab key`);
  }

  const shot = (page: Page, name: string) => page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  const row = (page: Page, text: string | RegExp): Locator => page.getByRole('listitem').filter({ hasText: text });

  it('Active by rule has those that fire and those that are pending; a choice by keyboard is in the address', async () => {
    const { page, done } = await open('/alerts');
    await page.getByText('Camera c1 at north gives no picture').waitFor();
    await row(page, 'DiskLow').getByText('pending').waitFor();
    const pending = page.getByRole('radio', { name: /^Pending/ }).or(page.getByRole('button', { name: /^Pending/ }));
    await tabTo(page, pending.first());
    await page.keyboard.press('Enter');
    await page.waitForURL(/state=pending/);
    await expect.poll(() => page.getByText('Camera c1 at north gives no picture').count()).toBe(0);
    await shared(page, (other) => row(other, 'DiskLow'));
    await done();
  });

  it('Active as routed says by whom each alert is muted', async () => {
    const { page, done } = await open('/alerts/active?by=route');
    await row(page, /CameraDown.*c1/s)
      .first()
      .waitFor();
    const reasons = async (text: RegExp): Promise<string> =>
      (await row(page, text).last().innerText()).replaceAll('\n', ' ');
    expect(await reasons(/c2 at north/)).toContain('inhibited by SwitchDown');
    expect(await reasons(/c3 at south/)).toMatch(/silenced by mara until 2\S+ \S+: the lens is being changed/);
    expect(await reasons(/c4 is 71/)).toContain('around the clock');
    expect(await reasons(/c1 at north/)).not.toMatch(/silenced|inhibited|muted/);
    await shot(page, 'routed');
    await shared(page, (other) => other.getByText('inhibited by SwitchDown').first());
    await done();
  });

  it('an alert is silenced from its row by keyboard alone: live preview, saved, listed, expired', async () => {
    const { page, done } = await open('/alerts/active?by=route');
    await tabTo(
      page,
      row(page, /c1 at north/)
        .last()
        .getByRole('link', { name: 'Silence' }),
    );
    await page.keyboard.press('Enter');
    const preview = page.getByRole('region', { name: 'Alerts that match' });
    await preview.getByText('1 active alert matches now').waitFor();
    await shared(page, (other) => other.getByText('1 active alert matches now'));

    await tabTo(page, page.getByLabel('Matchers'));
    await page.keyboard.press('Control+A');
    await page.keyboard.type('alertname="CameraDown", camera=~"c1|c2"');
    await preview.getByText('2 active alerts match now').waitFor();
    await shot(page, 'silence-form');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('alertname="CameraDown", camera=~"c[');
    await page
      .getByText(/quotes|matchers as|read/)
      .first()
      .waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('camera="c1"');
    await preview.getByText('1 active alert matches now').waitFor();
    await tabTo(page, page.getByLabel('Your name'));
    await page.keyboard.type('ines');
    await page.keyboard.press('Tab');
    await page.keyboard.type('ladder is on its way');
    await page.keyboard.press('Enter');

    await page.waitForURL(/\/alerts\/silences$/);
    const saved = row(page, 'ladder is on its way');
    await saved.waitFor();
    expect(await saved.innerText()).toMatch(/ends in (2 h|1 h 59 m)/);
    await shot(page, 'silences');
    await shared(page, (other) => row(other, 'ladder is on its way'));
    await expect
      .poll(async () => (await answered()).find(({ labels }) => labels['camera'] === 'c1')?.status.state)
      .toBe('suppressed');

    // A group says what mutes its alerts when its time comes; the history is looked at later.
    const muted = `${url}/api/vedette/alerting/history?filter=${encodeURIComponent('camera="c1"')}&state=muted&limit=1`;
    await eventually(async () => {
      const { events } = (await (await fetch(muted)).json()) as { readonly events: readonly unknown[] };
      expect(events).toHaveLength(1);
    });
    await tabTo(page, saved.getByRole('button', { name: 'Expire now' }));
    await page.keyboard.press('Enter');
    await expect.poll(() => saved.count()).toBe(0);
    await expect
      .poll(async () => (await answered()).find(({ labels }) => labels['camera'] === 'c1')?.status.state)
      .toBe('active');
    await page.goto(`${url}/alerts/silences?state=expired`);
    await row(page, 'ladder is on its way').getByText('expired').waitFor();
    await done();
  });

  it('a matcher that the server refuses says why, and nothing breaks', async () => {
    const { page } = await open('/alerts/silences?fresh=camera%3D~%22c%5B%22');
    await page
      .getByText(/missing|error|invalid|bad/i)
      .first()
      .waitFor();
    await page.close();
  });

  it('a sound rule has its graph and the doctor finds it sound; a broken one is named broken with a repair', async () => {
    const { page, done } = await open('/alerts/rules');
    const sound = row(page, 'CameraDown').last();
    await tabTo(page, sound.locator('summary'));
    await page.keyboard.press('Enter');
    await tabTo(page, sound.getByRole('link', { name: 'Graph and doctor' }));
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/alerts\/rule\?/);
    const doctor = page.getByRole('region', { name: 'The rule doctor' });
    await doctor.getByText('sound', { exact: true }).waitFor();
    await page.locator('canvas').first().waitFor();
    await doctor
      .getByText(/fired (once|\d+ times)/)
      .first()
      .waitFor();
    await shot(page, 'rule-sound');
    await shared(page, (other) => other.getByText('sound', { exact: true }).first());

    await page.goto(page.url().replace('CameraDown', 'SlowWrites'));
    await doctor.getByText('broken', { exact: true }).waitFor();
    await doctor.getByText('no-le').waitFor();
    await doctor
      .getByText(/\+.*sum by \(.*le.*rate\(write_seconds_bucket/)
      .first()
      .waitFor();
    await shot(page, 'rule-broken');
    await done();
  });

  it('of two rules with one name in a group each has its own page', async () => {
    const { page, done } = await open('/alerts/rules?q=CameraHot');
    for (const threshold of ['60', '90']) {
      const one = row(page, `camera_temperature_celsius > ${threshold}`);
      await one.locator('summary').click();
      await one.getByRole('link', { name: 'Graph and doctor' }).click();
      await page.getByRole('article').getByText(`camera_temperature_celsius > ${threshold}`).first().waitFor();
      await page.goBack();
    }
    await done();
  });

  it('another threshold is tried on the past, and is in the address', async () => {
    const { page, done } = await open('/alerts/rules?q=CameraHot');
    await page.locator('summary').first().click();
    await page.getByRole('link', { name: 'Graph and doctor' }).click();
    await tabTo(page, page.getByLabel('Threshold'));
    await page.keyboard.type('90');
    await page.keyboard.press('Enter');
    await page.waitForURL(/threshold=90/);
    const tried = page.getByRole('region', { name: 'With what you try' });
    await tried.getByText('fired 0 times').waitFor();
    await shared(page, (other) => other.getByRole('region', { name: 'With what you try' }).getByText('fired 0 times'));
    await done();
  });

  it('the routing tree shows which route takes the labels that are typed', async () => {
    const { page, done } = await open('/alerts/routing');
    await tabTo(page, page.getByLabel(/Who is told/));
    await page.keyboard.type('alertname="CameraDown", severity="critical", site="north"');
    await page.keyboard.press('Enter');
    await page.waitForURL(/labels=/);
    await page.getByRole('status', { name: 'What happens to it' }).getByText('pager').waitFor();
    const taken = page.getByRole('region', { name: 'Routing tree' }).locator('[aria-current="true"]');
    expect(await taken.count()).toBe(1);
    expect(await taken.innerText()).toContain('pager');
    await shot(page, 'routing');
    await shared(page, (other) => other.getByText('takes it'));
    await page.goto(`${url}/alerts/routing?labels=${encodeURIComponent('alertname="CameraHot"')}`);
    await page
      .getByRole('status', { name: 'What happens to it' })
      .getByText(/around the clock/)
      .waitFor();
    await done();
  });

  it('an alert is acknowledged and taken back by keyboard', async () => {
    const { page, done } = await open('/alerts/active?by=route');
    const own = row(page, /c1 at north/).last();
    await tabTo(page, own.getByRole('button', { name: 'Acknowledge' }));
    await page.keyboard.press('Enter');
    await own.getByText(/acknowledged by/).waitFor();
    await shot(page, 'acknowledged');
    await tabTo(page, own.getByRole('button', { name: 'Take back' }));
    await page.keyboard.press('Enter');
    await own.getByRole('button', { name: 'Acknowledge' }).waitFor();
    await done();
  });

  it('the history has the whole life of an alert, and is shared by its address', async () => {
    house.target.page = cameraPage(['c2', 'c3']);
    await eventually(async () => {
      const matchers = encodeURIComponent('camera="c1"');
      const { events } = (await (
        await fetch(`${url}/api/vedette/alerting/history?filter=${matchers}&limit=100`)
      ).json()) as { events: { state: string; delivery?: { told: string } }[] };
      expect(events.map(({ state, delivery }) => `${state} ${delivery?.told ?? ''}`.trim())).toContain(
        'notified resolved',
      );
    });
    const { page, done } = await open('/alerts/history');
    await tabTo(page, page.getByLabel('Matchers'));
    await page.keyboard.type('alertname="CameraDown", camera="c1"');
    await page.keyboard.press('Enter');
    await page.waitForURL(/matchers=/);
    const list = page.getByRole('list', { name: 'What happened, newest first' });
    await list.getByText(/pager \(webhook\[0\]\) about resolved/).waitFor();
    const text = (await list.innerText()).replaceAll('\n', ' ');
    for (const state of ['firing', 'notified', 'muted', 'acknowledged', 'resolved']) expect(text).toContain(state);
    expect(text).toContain('pager');
    await shot(page, 'history');
    await shared(page, (other) => other.getByText('resolved', { exact: true }).first());
    await done();
  });

  it('the noise report counts what fired', async () => {
    const { page, done } = await open('/alerts/noise');
    const rules = page.getByRole('region', { name: 'Rules' });
    await rules.getByRole('row', { name: /CameraDown/ }).waitFor();
    await page.getByRole('region', { name: 'Receivers' }).getByText('pager').waitFor();
    await shot(page, 'noise');
    await shared(page, (other) =>
      other.getByRole('region', { name: 'Rules' }).getByRole('row', { name: /CameraDown/ }),
    );
    await done();
  });

  it('every view stands in light and dark, and on a telephone without scrolling sideways', async () => {
    const ruleAddress = async (): Promise<string> => {
      const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
        data: { groups: { file: string; name: string }[] };
      };
      const [group] = data.groups;
      return `/alerts/rule?${new URLSearchParams({ file: group?.file ?? '', group: group?.name ?? '', name: 'SlowWrites' })}`;
    };
    const views: readonly (readonly [string, string])[] = [
      ['active', '/alerts'],
      ['routed', '/alerts/active?by=route'],
      ['silences', '/alerts/silences'],
      ['silence', '/alerts/silences?fresh=alertname%3D%22CameraDown%22'],
      ['rules', '/alerts/rules'],
      ['rule', await ruleAddress()],
      ['routing', '/alerts/routing?labels=alertname%3D%22CameraDown%22,severity%3D%22critical%22'],
      ['receivers', '/alerts/receivers'],
      ['history', '/alerts/history'],
      ['noise', '/alerts/noise'],
    ];
    for (const [name, address] of views) {
      for (const look of [{ dark: true }, { width: 390 }, { width: 390, dark: true }]) {
        const { page, done } = await open(address, look);
        await page.waitForLoadState('networkidle');
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        await shot(page, `${name}${look.width ? '-phone' : ''}${look.dark ? '-dark' : ''}`);
        expect(overflow, `${name} ${JSON.stringify(look)}`).toBeLessThanOrEqual(0);
        await done();
      }
    }
  });
});
