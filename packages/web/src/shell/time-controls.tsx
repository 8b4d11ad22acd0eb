import { useIsFetching } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useLocation } from 'wouter';
import {
  QUICK_RANGES,
  REFRESH_CHOICES,
  type RawRange,
  describeRange,
  formatTime,
  resolveRange,
  shiftRange,
  zoomOut,
} from '../time/range.ts';
import { useTime } from '../time/time-context.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { fieldClass } from '../ui/field.tsx';
import { Icon } from '../ui/icons.tsx';
import { Menu } from '../ui/menu.tsx';
import { Popover } from '../ui/popover.tsx';

/** Range and refresh; hidden on pages whose content has no range. */
export function TimeControls(): ReactNode {
  const time = useTime();
  const [location] = useLocation();
  const fetching = useIsFetching() > 0;
  const ranged = /^\/(?:d\/|explore|alerts\/(?:rule$|history)|cameras\/camera\/)/.test(location);
  const described = describeRange(time.raw, time.range.toMs);
  const refreshOn = time.refresh !== '' && time.refresh !== 'off';
  return (
    <div className="flex items-center gap-1">
      {ranged ? (
        <>
          <span className="hidden wide:inline-flex">
            <IconButton
              icon="chevronLeft"
              label="Half a range earlier"
              onClick={() => time.setRange(shiftRange(time.range, -0.5))}
            />
          </span>
          <Popover
            align="end"
            className="flex max-w-[calc(100vw-1rem)] flex-col sm:flex-row"
            trigger={
              <Button icon="clock" aria-label={`Time range: ${described}`} className="min-w-0 shrink">
                <span className="truncate">{time.valid ? described : 'Invalid range'}</span>
                <Icon name="chevronDown" size={12} />
              </Button>
            }
          >
            {(close) => (
              <RangePanel
                raw={time.raw}
                onApply={(raw) => {
                  time.setRange(raw);
                  close();
                }}
              />
            )}
          </Popover>
          <span className="hidden wide:inline-flex">
            <IconButton
              icon="chevronRight"
              label="Half a range later"
              onClick={() => time.setRange(shiftRange(time.range, 0.5))}
            />
            <IconButton icon="zoomOut" label="Zoom out" onClick={() => time.setRange(zoomOut(time.range))} />
          </span>
        </>
      ) : null}
      {ranged ? (
        <div className="flex">
          <Button
            icon="refresh"
            aria-label="Refresh now"
            title={fetching ? 'Loading' : 'Refresh now (r)'}
            onClick={time.refreshNow}
            className="rounded-r-none"
          />
          <Menu
            label="Refresh every"
            trigger={
              <Button
                aria-label={`Refresh every: ${refreshOn ? time.refresh : 'off'}`}
                className="num -ml-px rounded-l-none px-1.5"
              >
                {refreshOn ? time.refresh : ''}
                <Icon name="chevronDown" size={12} />
              </Button>
            }
            items={REFRESH_CHOICES.map((choice) => ({
              label: choice === '' ? 'Off' : `Every ${choice}`,
              checked: choice === (refreshOn ? time.refresh : ''),
              onSelect: () => time.setRefresh(choice),
            }))}
          />
        </div>
      ) : null}
    </div>
  );
}

interface RangePanelProps {
  readonly raw: RawRange;
  readonly onApply: (raw: RawRange) => void;
}

function RangePanel({ raw, onApply }: RangePanelProps): ReactNode {
  return (
    <>
      <RangeForm key={`${raw.from} ${raw.to}`} raw={raw} onApply={onApply} />
      <ul
        className="grid grid-cols-2 border-t border-line p-1 sm:w-40 sm:grid-cols-1 sm:border-t-0 sm:border-l"
        aria-label="Quick ranges"
      >
        {QUICK_RANGES.map((range) => (
          <li key={range.from}>
            <button
              type="button"
              aria-pressed={raw.from === range.from && raw.to === range.to}
              onClick={() => onApply({ from: range.from, to: range.to })}
              className="h-7 w-full rounded px-2 text-left hover:bg-raised aria-pressed:bg-accent-soft aria-pressed:font-medium"
            >
              {range.label}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

function RangeForm({ raw, onApply }: RangePanelProps): ReactNode {
  const show = (text: string): string => (/^\d{10,}$/.test(text) ? formatTime(Number(text)) : text);
  const [from, setFrom] = useState(show(raw.from));
  const [to, setTo] = useState(show(raw.to));
  const [problem, setProblem] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const range = resolveRange({ from, to }, Date.now());
    if (!range) {
      setProblem('Write now-6h, now, or 2026-01-31 14:00, with “from” before “to”.');
      return;
    }
    const absolute = (text: string, ms: number): string => (text.trim().startsWith('now') ? text.trim() : String(ms));
    onApply({ from: absolute(from, range.fromMs), to: absolute(to, range.toMs) });
  };
  return (
    <form onSubmit={submit} className="flex w-full flex-col gap-2 p-3 sm:w-60">
      <label className="flex flex-col gap-1">
        <span className="text-xs text-ink3">From</span>
        <input className={fieldClass} value={from} onChange={(event) => setFrom(event.target.value)} />
      </label>
      <label className="flex flex-col gap-1">
        <span className="text-xs text-ink3">To</span>
        <input className={fieldClass} value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      {problem ? (
        <p role="alert" className="text-xs text-bad">
          {problem}
        </p>
      ) : null}
      <Button look="primary" type="submit">
        Apply
      </Button>
      <p className="mt-auto text-xs text-ink3">
        Times are in the zone of this browser ({new Intl.DateTimeFormat().resolvedOptions().timeZone}).
      </p>
    </form>
  );
}
