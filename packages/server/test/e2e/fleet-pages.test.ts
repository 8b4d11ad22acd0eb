import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { type Fault, type FleetPagesHouse, openFleetPagesHouse } from './fleet-pages-house.ts';
import { cleanUp, eventually, startVedette, temporaryFolder } from './vedette-process.ts';

/** Screenshots stay when a folder is named, for a person to look at. */
const pictures = process.env['VEDETTE_E2E_PICTURES'] ?? temporaryFolder();
mkdirSync(pictures, { recursive: true });

const TABS_MAX = 150;

/** The smallest PNG: one grey pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

describe.runIf(hasBrowser)('the pages of cameras in a browser', () => {
  let house: FleetPagesHouse;
  let browser: Browser;
  let url = '';
  const faults = new Map<string, Fault>([
    ['cam-0002', 'credentials'],
    ['cam-0004', 'slow'],
  ]);

  /** As an agent does it: again and again, so that nothing grows old. */
  async function rounds(): Promise<void> {
    await house.round(faults);
    await new Promise((done) => setTimeout(done, 1_100));
    await house.round(faults);
  }

  beforeAll(async () => {
    house = await openFleetPagesHouse(48);
    ({ url } = house.vedette);
    for (const camera of house.cameras) if (camera.switch === 'SW-3') faults.set(camera.id, 'down');
    await eventually(
      async () => {
        await rounds();
        const wall = (await (await fetch(`${url}/api/vedette/fleet/wall`)).json()) as { counts: unknown };
        expect(wall.counts).toMatchObject({ offline: 8, credentials: 1, degraded: 1, ok: 38 });
      },
      { timeoutMs: 60_000 },
    );
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await house?.close();
    await cleanUp();
  });

  /** A page whose errors, those of the console too, are counted. */
  async function open(
    address: string,
    options: { readonly dark?: boolean; readonly width?: number; readonly height?: number } = {},
  ): Promise<{ page: Page; done: () => Promise<void> }> {
    const { page, faults: broken } = await openPage(browser, { width: 1_280, ...options });
    const said: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') said.push(message.text());
    });
    await page.goto(`${url}${address}`);
    return {
      page,
      done: async () => {
        await page.close();
        expect([...broken, ...said]).toEqual([]);
      },
    };
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

  const shot = (page: Page, name: string) =>
    page.screenshot({ path: join(pictures, `fleet-${name}.png`), fullPage: true });
  const wallOf = (page: Page): Locator => page.getByRole('listbox', { name: /^Wall of/ });

  it('the first page is the wall where there are cameras: one card for the switch, counts that filter', async () => {
    for (const dark of [false, true]) {
      const { page, done } = await open('/', { dark });
      await page.waitForURL(/\/cameras\/wall/);
      await page.getByText('Switch SW-3: 8 of 8 cameras give no pictures').waitFor();
      await page.getByRole('button', { name: '8 Offline' }).waitFor();
      await page.getByRole('button', { name: '38 OK' }).waitFor();
      await shot(page, `wall-${dark ? 'dark' : 'light'}`);
      await done();
    }
  });

  it('filter, search and grouping are in the address, and somebody else sees the same there', async () => {
    const { page, done } = await open('/cameras/wall');
    await page.getByRole('button', { name: '8 Offline' }).click();
    await page.waitForURL(/state=offline/);
    await page.getByRole('listbox', { name: 'Wall of 8 cameras' }).waitFor();
    await page.getByLabel('Group by').selectOption('switch');
    await page.waitForURL(/group=switch/);
    await page.getByLabel('Search cameras').fill('camera 17');
    await page.getByRole('listbox', { name: 'Wall of 1 cameras' }).waitFor();
    const other = await open(page.url().slice(url.length).replace('/wall', '/list'));
    await other.page.getByRole('link', { name: 'Camera 17' }).waitFor();
    expect(await other.page.getByRole('row').count()).toBe(2);
    await other.done();
    await page.getByRole('button', { name: 'Show all' }).click();
    await page.getByRole('listbox', { name: 'Wall of 48 cameras' }).waitFor();
    await done();
  });

  it('arrow keys go from camera to camera, the worst first; Enter opens one', async () => {
    const { page, done } = await open('/cameras/wall?group=none');
    await tabTo(page, wallOf(page));
    // The cameras of the switch are explained by its card, so the camera with a story of its own comes first of its state.
    const active = wallOf(page).getByRole('option');
    await expect
      .poll(() => active.getAttribute('aria-label'))
      .toMatch(/^Camera \d+, Offline, .*explained by switch SW-3/);
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    await expect.poll(() => active.getAttribute('aria-label')).toMatch(/^Camera 2, Credentials, The camera rejects/);
    await page.getByRole('tooltip').getByText('The camera rejects the credentials').waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => active.getAttribute('aria-label')).toMatch(/^Camera 2,/);
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/cameras\/camera\/cam-0002/);
    await page.getByRole('heading', { name: 'Camera 2' }).waitFor();
    await page.goBack();
    await wallOf(page).waitFor();
    await done();
  });

  it('a card leads to its cameras, and says so when its cause is over', async () => {
    const { page, done } = await open('/cameras/wall');
    await page.getByRole('link', { name: 'Show its cameras' }).click();
    await page.getByRole('listbox', { name: 'Wall of 8 cameras' }).waitFor();
    await page.goto(`${url}/cameras/wall?cause=long+gone`);
    await page.getByText('This cause is over').waitFor();
    await done();
  });

  it('what becomes of a camera is on the wall and in the list without being asked for', async () => {
    const { page, done } = await open('/cameras/list');
    await page.getByRole('row').filter({ hasText: 'Camera 2' }).first().waitFor();
    faults.set('cam-0040', 'frozen');
    try {
      const frozen = page.getByRole('row').filter({ hasText: 'Camera 40' }).getByText('Frozen', { exact: true });
      await eventually(
        async () => {
          await rounds();
          expect(await frozen.count()).toBe(1);
        },
        { timeoutMs: 60_000 },
      );
    } finally {
      faults.delete('cam-0040');
    }
    const link = page.getByRole('link', { name: 'Camera 40' });
    await link.focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.evaluate('document.activeElement?.textContent')).not.toBe('Camera 40');
    await page.keyboard.press('ArrowUp');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Camera 40');
    await shot(page, 'list');
    await done();
  });

  it('the page of a camera says what is wrong, since when, what to do, and what its neighbours are', async () => {
    for (const dark of [false, true]) {
      const { page, done } = await open('/cameras/camera/cam-0004?from=now-5m&to=now', { dark });
      await page
        .getByText(/^Degraded$/)
        .first()
        .waitFor();
      await page.getByText('Delivers 11.8 of 25 frames a second').first().waitFor();
      const states = page.getByRole('region', { name: 'States' });
      await states.getByRole('row').filter({ hasText: 'Delivers 11.8' }).waitFor();
      const figures = page.getByRole('region', { name: 'Live figures' });
      await figures.getByText('11.8 frames/s').waitFor();
      await figures.getByText('expected 25 frames/s').first().waitFor();
      await figures.locator('canvas').first().waitFor();
      await page
        .getByRole('region', { name: 'Stream passport' })
        .getByText(/H\.264.*1920 × 1080/)
        .waitFor();
      await page
        .getByRole('region', { name: /Neighbours on switch SW-1/ })
        .getByText('Camera 2')
        .waitFor();
      await page
        .getByRole('region', { name: 'Recorded minutes' })
        .getByText(/recorder/i)
        .first()
        .waitFor();
      await page.getByRole('region', { name: 'Newest probe' }).getByText('No probe of this camera is known').waitFor();
      await shot(page, `camera-${dark ? 'dark' : 'light'}`);
      await done();
    }
    const { page, done } = await open('/cameras/camera/cam-0017');
    await page.getByText('Switch SW-3: 8 of 8 cameras give no pictures').waitFor();
    await page.getByText('7 of 7 others are in trouble, too.').waitFor();
    await done();
  });

  it('an unknown camera is said to be none', async () => {
    const { page } = await open('/cameras/camera/nobody');
    await page.getByText('There is no camera “nobody”').waitFor();
    await page.close();
  });

  it('maintenance is planned on the page of a camera, holds, and is ended there', async () => {
    const { page, done } = await open('/cameras/camera/cam-0030');
    await page.getByRole('button', { name: 'Plan a window' }).click();
    await page.getByLabel('For how long').fill('1h');
    await page.getByLabel('Why').fill('Lens is being cleaned');
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page
      .getByText(/^Maintenance$/)
      .first()
      .waitFor();
    const section = page.getByRole('region', { name: 'Maintenance' });
    await section.getByText('Lens is being cleaned').waitFor();
    await page.getByRole('status').getByText('Maintenance').waitFor();
    await section.getByRole('button', { name: 'End now' }).click();
    await section.getByRole('button', { name: 'End now' }).waitFor({ state: 'detached' });
    await done();
  });

  it('the inventory names file and line of what is wrong, and which file says a field', async () => {
    const { page, done } = await open('/cameras/inventory');
    await page.getByText('cameras.yaml:50').waitFor();
    await page.getByText('48 cameras').first().waitFor();
    await shot(page, 'inventory');
    await page.getByLabel('Search the inventory').fill('cam-0001');
    await page.getByRole('link', { name: 'cam-0001' }).click();
    await page.getByText('from cameras.yaml:2').first().waitFor();
    expect(await page.getByLabel('Site').isDisabled()).toBe(true);
    expect(await page.getByLabel('Owner').isDisabled()).toBe(false);
    await page.getByLabel('Owner').fill('Mara');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/\/cameras\/inventory$/);
    await page.getByRole('row').filter({ hasText: 'cam-0001' }).getByText('Mara').waitFor();
    await done();
  });

  it('a camera is added with credentials by reference, never by a password, and deleted again', async () => {
    const { page, done } = await open('/cameras/inventory?fresh=camera');
    await page.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('placeholder')")).toBe('gate-1');
    await page.getByLabel('Id', { exact: true }).fill('gate-1');
    await page.getByLabel('Main stream').fill('rtsp://admin:hunter2@127.0.0.1:9/gate');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Take user and password out of the address').waitFor();
    await page.getByLabel('Main stream').fill('rtsp://127.0.0.1:9/gate');
    await page.getByLabel('User', { exact: true }).fill('viewer');
    await page.getByLabel('Password is in the environment variable').fill('CAMERA_GATE');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL(/\/cameras\/inventory\?q=gate-1$/);
    const exported = await (await fetch(`${url}/api/vedette/fleet/inventory/export?format=yaml`)).text();
    expect(exported).toContain('CAMERA_GATE');
    expect(exported).not.toContain('hunter2');
    await page.getByRole('link', { name: 'gate-1' }).click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Really delete?' }).click();
    await page.waitForURL(/\/cameras\/inventory$/);
    await page.getByLabel('Search the inventory').fill('gate-1');
    await page.getByText('No camera matches this search').waitFor();
    await done();
  });

  it('a file is looked at before it counts, and its faults are named', async () => {
    const { page, done } = await open('/cameras/inventory');
    const csv = join(temporaryFolder(), 'more.csv');
    writeFileSync(csv, 'id,name,site,url\nyard-1,Yard,Harbour,rtsp://127.0.0.1:9/yard\nyard-1,Twice,Harbour,\n');
    await page.getByLabel('Inventory file').setInputFiles(csv);
    const dialog = page.getByRole('dialog', { name: 'more.csv' });
    await dialog.getByText('This would be done: 1 added').waitFor();
    await dialog.getByText(':3').waitFor();
    expect(await (await fetch(`${url}/api/vedette/fleet/inventory/export`)).text()).not.toContain('yard-1');
    await dialog.getByRole('button', { name: 'Do it' }).click();
    await dialog.getByText('Done: 1 added').waitFor();
    await page.keyboard.press('Escape');
    await page.getByLabel('Search the inventory').fill('yard');
    await page.getByRole('link', { name: 'yard-1' }).waitFor();
    expect((await fetch(`${url}/api/vedette/fleet/cameras/yard-1`, { method: 'DELETE' })).ok).toBe(true);
    await done();
  });

  it('many cameras are chosen and put under maintenance at once', async () => {
    const { page, done } = await open('/cameras/inventory?q=SW-6');
    await page.getByRole('button', { name: 'Choose all shown' }).click();
    await page.getByRole('button', { name: 'Plan maintenance of 8' }).click();
    await page.getByLabel('Why').fill('Switch is moved');
    await page.getByRole('button', { name: 'Plan it' }).click();
    const planned = page.getByRole('region', { name: 'Maintenance' });
    await planned.getByText('Switch is moved').waitFor();
    await planned.getByText('8 cameras').waitFor();
    await planned.getByRole('button', { name: 'End now' }).click();
    await done();
  });

  it('cameras are on the plan by their coordinates, and on an uploaded picture where they are put by keyboard', async () => {
    const { page, done } = await open('/cameras/plan');
    await page.getByText('48 of 48 shown cameras have a place').waitFor();
    await page.getByRole('link', { name: 'Camera 2: Credentials' }).waitFor();
    await shot(page, 'plan');
    await page.getByLabel('Site', { exact: true }).selectOption('Harbour');
    await page.waitForURL(/site=Harbour/);
    const picture = join(temporaryFolder(), 'harbour.png');
    writeFileSync(picture, PIXEL);
    await page.getByLabel('Picture of Harbour').setInputFiles(picture);
    await page.getByText('No camera is on this picture yet').waitFor();
    await page.getByRole('button', { name: 'Arrange cameras' }).click();
    await page.getByRole('button', { name: 'Camera 25', exact: true }).click();
    const mark = page.getByRole('button', { name: /^Camera 25: / });
    await expect.poll(() => mark.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
    for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft');
    await mark.and(page.getByRole('button', { name: /40 % from the left, 50 % from the top/ })).waitFor();
    await eventually(async () => {
      const { cameras } = (await (await fetch(`${url}/api/vedette/fleet/cameras?q=cam-0025`)).json()) as {
        cameras: { plan?: { x: number; y: number } }[];
      };
      expect(cameras[0]?.plan).toEqual({ x: 0.4, y: 0.5 });
    });
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Camera 25: OK' }).waitFor();
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('button', { name: 'Really remove?' }).click();
    await page.getByRole('button', { name: 'Upload a picture' }).waitFor();
    await done();
  });

  it('on a telephone nothing is wider than the screen', async () => {
    for (const address of [
      '/cameras/wall',
      '/cameras/list',
      '/cameras/plan',
      '/cameras/inventory',
      '/cameras/inventory?fresh=camera',
      '/cameras/camera/cam-0004',
    ]) {
      const { page, done } = await open(address, { width: 390, height: 844 });
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForTimeout(700);
      expect(await page.evaluate('document.documentElement.scrollWidth'), address).toBeLessThanOrEqual(390);
      await shot(page, `telephone-${address.replaceAll(/\W+/g, '-')}`);
      await done();
    }
  });

  it('without cameras the pages teach how to have one, and the first page stays what it was', async () => {
    const empty = await startVedette({ config: 'host_collector: { enabled: false }\n' });
    const { page, faults: broken } = await openPage(browser, {});
    await page.goto(`${empty.url}/`);
    await page.waitForURL(/\/d(?:\/|$)/);
    await page.goto(`${empty.url}/cameras/wall`);
    await page.getByText('No cameras yet').waitFor();
    await page.getByText('npm start -- --demo').waitFor();
    await page.getByRole('link', { name: 'Add a camera' }).click();
    await page.getByRole('form', { name: 'New camera' }).waitFor();
    expect(broken).toEqual([]);
    await page.close();
    await empty.stop();
  });
});
