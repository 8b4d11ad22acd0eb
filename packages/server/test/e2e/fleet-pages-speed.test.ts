import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openPage } from './browser.ts';
import { type Fault, type FleetPagesHouse, type HouseCamera, openFleetPagesHouse } from './fleet-pages-house.ts';
import { cleanUp, eventually } from './vedette-process.ts';

/** Inside the page. */
declare const requestAnimationFrame: (call: (at: number) => void) => number;

const CAMERAS = 5_000;
/** A round has every so many-th camera: fifty of them. */
const ROUNDS = 100;
/**
 * From an answer's arrival to its last pixel. The aim is 5 ms, which a browser reaches after some dozens of updates on a machine with
 * nothing else to do; here it has seen a few, and the server works on the same cores.
 */
const UPDATE_MS_MAX = 12;
/** A frame that people notice. */
const LONG_FRAME_MS = 50;
/** The machine does other things, too: in one of so many windows a quarter of all updates must be undisturbed. */
const WINDOWS = 4;
const WINDOW_MS = 12_000;

interface Figures {
  readonly updates: number;
  readonly quarterMs: number;
  readonly medianMs: number;
  readonly worstMs: number;
  readonly longestFrameMs: number;
}

const isQuick = ({ updates, quarterMs, longestFrameMs }: Figures): boolean =>
  updates >= 3 && quarterMs <= UPDATE_MS_MAX && longestFrameMs <= LONG_FRAME_MS;

describe.runIf(hasBrowser)('the wall of five thousand cameras in a browser', () => {
  let house: FleetPagesHouse;
  let browser: Browser;
  const stopped = new AbortController();
  let written: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    house = await openFleetPagesHouse(CAMERAS);
    await house.round();
    browser = await openBrowser();
  });

  afterAll(async () => {
    stopped.abort();
    await written;
    await browser?.close();
    await house?.close();
    await cleanUp();
  });

  /** Seldom enough that the machine is quiet when an answer comes; in each round some cameras fail, for the second time, and others are well again. */
  async function keepWriting(): Promise<void> {
    const some = (round: number): readonly HouseCamera[] =>
      house.cameras.filter((_, i) => round >= 0 && i % ROUNDS === round % ROUNDS);
    for (let round = 0; !stopped.signal.aborted; round++) {
      const [begin, fail, heal] = [some(round), some(round - 1), some(round - 4)];
      const faults = new Map(
        [...begin, ...fail].map(({ id }, i): [string, Fault] => [id, i % 3 === 0 ? 'slow' : 'down']),
      );
      await house.round(faults, [...begin, ...fail, ...heal]);
      await new Promise((done) => setTimeout(done, 2_500));
    }
  }

  async function measure(page: Page): Promise<Figures> {
    return page.evaluate(async (windowMs) => {
      performance.clearMeasures('vedette-wall-update');
      const frames: number[] = [];
      let on = true;
      let last = 0;
      const frame = (at: number): void => {
        if (last > 0) frames.push(at - last);
        last = at;
        if (on) requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      await new Promise((done) => setTimeout(done, windowMs));
      on = false;
      const updates = performance
        .getEntriesByName('vedette-wall-update')
        .map((entry) => entry.duration)
        .sort((a, b) => a - b);
      return {
        updates: updates.length,
        quarterMs: updates[Math.floor(updates.length / 4)] ?? Number.POSITIVE_INFINITY,
        medianMs: updates[Math.floor(updates.length / 2)] ?? Number.POSITIVE_INFINITY,
        worstMs: updates.at(-1) ?? Number.POSITIVE_INFINITY,
        longestFrameMs: Math.max(...frames),
      };
    }, WINDOW_MS);
  }

  it('is on one screen and goes on being updated; how quickly is printed', async () => {
    const { page, faults } = await openPage(browser);
    await page.goto(`${house.vedette.url}/cameras/wall`);
    await page.getByRole('listbox', { name: `Wall of ${CAMERAS} cameras` }).waitFor();
    written = keepWriting();
    const inTrouble = page.getByRole('button', { name: /^\d+ in trouble$/ });
    await eventually(async () => expect(Number.parseInt(await inTrouble.innerText(), 10)).toBeGreaterThan(50), {
      timeoutMs: 60_000,
    });
    const scrolled = page.getByRole('listbox').locator('xpath=../..');
    expect(await scrolled.evaluate((node) => node.scrollHeight - node.clientHeight)).toBeLessThanOrEqual(1);
    const tried: Figures[] = [];
    for (let i = 0; i < WINDOWS; i++) {
      const figures = await measure(page);
      tried.push(figures);
      process.stdout.write(`wall of ${CAMERAS}: ${JSON.stringify(figures)}\n`);
      if (isQuick(figures)) break;
    }
    // How quick is printed, not asserted: the machine that tests this has other work. That it goes on is what must hold.
    expect(Math.max(...tried.map(({ updates }) => updates))).toBeGreaterThan(0);
    expect(faults).toEqual([]);
    await page.close();
  });
});
