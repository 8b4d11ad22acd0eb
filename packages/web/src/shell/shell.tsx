import { useQuery } from '@tanstack/react-query';
import { type ReactNode, Suspense, lazy, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { alerts } from '../api/prometheus.ts';
import { routes } from '../routes.ts';
import { IconButton } from '../ui/button.tsx';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { type ThemeChoice, chooseTheme, useThemeChoice } from '../ui/theme.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { TimeControls } from './time-controls.tsx';
import { useChords } from './use-chords.ts';

const KeyHelp = lazy(async () => ({ default: (await import('./key-help.tsx')).KeyHelp }));
const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

const ALERT_POLL_MS = 15_000;

const PAGES: readonly {
  readonly label: string;
  readonly icon: IconName;
  readonly href: string;
  readonly prefix: string;
}[] = [
  { label: 'Cameras', icon: 'camera', href: routes.fleet(), prefix: '/cameras' },
  { label: 'Dashboards', icon: 'dashboards', href: routes.dashboards(), prefix: '/d' },
  { label: 'Explore', icon: 'explore', href: routes.explore(), prefix: '/explore' },
  { label: 'Alerts', icon: 'alerts', href: routes.alerts(), prefix: '/alerts' },
  { label: 'Status', icon: 'status', href: routes.status(), prefix: '/status' },
];

/** Rail, range and refresh, palette, keys, connection banner; the page goes in the middle. */
export function Shell({ children }: { readonly children: ReactNode }): ReactNode {
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useRef<HTMLElement>(null);
  useChords({ openPalette: () => setPalette(true), openHelp: () => setHelp(true) });
  return (
    <div className="flex min-h-dvh">
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
        className="sr-only z-50 rounded bg-accent p-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <Rail />
      <div className="flex min-w-0 flex-1 flex-col pb-14 wide:pb-0">
        <header className="sticky top-0 z-30 flex h-12 items-center gap-1.5 border-b border-line bg-surface px-3">
          <button
            type="button"
            onClick={() => setPalette(true)}
            className="flex h-8 min-w-0 items-center gap-2 rounded-md border border-line bg-bg px-2 text-ink3 hover:border-ink3/60 wide:w-64"
          >
            <Icon name="search" size={14} />
            <span className="hidden flex-1 truncate text-left wide:inline">Go to…</span>
            <kbd className="hidden rounded border border-line px-1 font-sans text-[10px] wide:inline">Ctrl K</kbd>
            <span className="sr-only wide:hidden">Search</span>
          </button>
          <div className="ml-auto flex min-w-0 items-center gap-1">
            <TimeControls />
            <ThemeMenu />
            <span className="hidden wide:inline">
              <IconButton icon="help" label="Keyboard help (?)" onClick={() => setHelp(true)} />
            </span>
          </div>
        </header>
        <ConnectionBanner />
        <main id="main" ref={main} tabIndex={-1} className="min-w-0 flex-1 outline-none">
          {children}
        </main>
      </div>
      <Suspense fallback={null}>
        {palette ? <Palette onClose={() => setPalette(false)} /> : null}
        {help ? <KeyHelp onClose={() => setHelp(false)} /> : null}
      </Suspense>
    </div>
  );
}

function Rail(): ReactNode {
  const [location] = useLocation();
  const active = useQuery({
    queryKey: ['alerts'],
    queryFn: ({ signal }) => alerts(signal),
    refetchInterval: ALERT_POLL_MS,
  });
  const firing = active.data?.filter((alert) => alert.state === 'firing').length ?? 0;
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-30 flex justify-around border-t border-line bg-surface wide:sticky wide:top-0 wide:h-dvh wide:w-[82px] wide:flex-col wide:justify-start wide:gap-1 wide:border-t-0 wide:border-r wide:px-1.5 wide:py-2"
    >
      <Link href={routes.home()} className="hidden flex-col items-center py-1.5 wide:flex" aria-label="Vedette, home">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width={28} height={28} />
      </Link>
      {PAGES.map((page) => {
        const current = location === page.prefix || location.startsWith(`${page.prefix}/`);
        return (
          <Link
            key={page.prefix}
            href={page.href}
            aria-current={current ? 'page' : undefined}
            className="relative flex h-14 flex-1 flex-col items-center justify-center gap-1 rounded-md text-[11px] text-ink2 hover:bg-raised hover:text-ink aria-[current=page]:bg-accent-soft aria-[current=page]:font-medium aria-[current=page]:text-ink wide:h-[52px] wide:flex-none"
          >
            <Icon name={page.icon} size={18} />
            {page.label}
            {page.prefix === '/alerts' && firing > 0 ? (
              <span className="num absolute top-1 left-1/2 ml-1.5 min-w-4 rounded-full bg-bad px-1 text-center text-[10px] leading-4 font-semibold text-surface">
                {firing > 99 ? '99+' : firing}
                <span className="sr-only"> firing</span>
              </span>
            ) : null}
          </Link>
        );
      })}
    </nav>
  );
}

const THEMES: readonly { readonly value: ThemeChoice; readonly label: string; readonly icon: IconName }[] = [
  { value: 'system', label: 'As the system', icon: 'system' },
  { value: 'light', label: 'Light', icon: 'sun' },
  { value: 'dark', label: 'Dark', icon: 'moon' },
];

function ThemeMenu(): ReactNode {
  const choice = useThemeChoice();
  const icon = THEMES.find((theme) => theme.value === choice)?.icon ?? 'system';
  return (
    <Menu
      label="Theme"
      trigger={<IconButton icon={icon} label="Theme" />}
      items={THEMES.map((theme) => ({
        label: theme.label,
        icon: theme.icon,
        checked: theme.value === choice,
        onSelect: () => chooseTheme(theme.value),
      }))}
    />
  );
}
