import { type Browser, type Page, chromium } from 'playwright-core';
import { programOrNotice } from './vedette-process.ts';

const executablePath = programOrNotice('/usr/bin/chromium', 'the pages in a real browser');

export const hasBrowser = executablePath !== undefined;

/** Nothing of the browser's own goes out: it runs on machines without a way to the internet. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args: ARGUMENTS });
}

export interface OpenPage {
  readonly page: Page;
  /** Errors of scripts and failed requests to the server, in order. */
  readonly faults: readonly string[];
}

export async function openPage(
  browser: Browser,
  options: { readonly dark?: boolean; readonly width?: number; readonly height?: number } = {},
): Promise<OpenPage> {
  const page = await browser.newPage({
    viewport: { width: options.width ?? 1_600, height: options.height ?? 956 },
    colorScheme: options.dark ? 'dark' : 'light',
  });
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
  });
  return { page, faults };
}
