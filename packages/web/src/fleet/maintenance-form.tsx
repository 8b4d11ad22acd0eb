import type { CameraSelection } from '@vedette/wire/http';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { planMaintenance } from '../api/fleet.ts';
import { words } from '../api/words.ts';
import { parseDurationMs } from '../time/duration.ts';
import { Button } from '../ui/button.tsx';
import { fieldClass } from '../ui/field.tsx';
import { ErrorBox } from '../ui/states.tsx';

const LENGTHS = ['30m', '2h', '8h', '1d'];

/** From when, how long and why some cameras are worked on: their troubles are no alerts meanwhile. */
export function MaintenanceForm({
  cameras,
  what,
  onDone,
}: {
  readonly cameras: CameraSelection;
  /** In words, such as `12 cameras`. */
  readonly what: string;
  readonly onDone: () => void;
}): ReactNode {
  const id = useId();
  const client = useQueryClient();
  const [from, setFrom] = useState('');
  const [length, setLength] = useState('2h');
  const [reason, setReason] = useState('');
  const [failure, setFailure] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const lengthMs = parseDurationMs(length);
  const startMs = from === '' ? null : Date.parse(from);
  const ready = lengthMs !== null && lengthMs > 0 && (startMs === null || Number.isFinite(startMs));
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setFailure(null);
    try {
      await planMaintenance({
        cameras,
        duration: length.trim(),
        ...(startMs === null ? {} : { from: new Date(startMs).toISOString() }),
        ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
      });
      await Promise.all(
        ['fleet-maintenance', 'fleet-cameras', 'camera'].map((key) => client.invalidateQueries({ queryKey: [key] })),
      );
      onDone();
    } catch (error) {
      setFailure(words(error).detail);
    }
    setBusy(false);
  };
  return (
    <form
      aria-label={`Maintenance of ${what}`}
      onSubmit={(event) => void save(event)}
      className="flex flex-col gap-2 rounded-md border border-line bg-raised p-3"
    >
      <p className="font-medium">Maintenance of {what}</p>
      {failure === null ? null : <ErrorBox title="Not planned" detail={failure} />}
      <div className="grid gap-2 wide:grid-cols-[14rem_minmax(0,1fr)]">
        <label htmlFor={`${id}-from`} className="flex flex-col gap-0.5 text-xs text-ink2">
          From (empty: now)
          <input
            id={`${id}-from`}
            type="datetime-local"
            value={from}
            onChange={(event) => setFrom(event.target.value)}
            className={fieldClass}
          />
        </label>
        <div className="flex flex-col gap-0.5">
          <label htmlFor={`${id}-length`} className="text-xs text-ink2">
            For how long, such as 2h or 1d12h
          </label>
          <span className="flex flex-wrap gap-1">
            <input
              id={`${id}-length`}
              value={length}
              aria-invalid={lengthMs === null}
              onChange={(event) => setLength(event.target.value)}
              className={`${fieldClass} w-24`}
            />
            {LENGTHS.map((choice) => (
              <Button key={choice} aria-pressed={length === choice} onClick={() => setLength(choice)}>
                {choice}
              </Button>
            ))}
          </span>
        </div>
      </div>
      <label htmlFor={`${id}-reason`} className="flex flex-col gap-0.5 text-xs text-ink2">
        Why
        <input
          id={`${id}-reason`}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          placeholder="Lens is being cleaned"
          className={fieldClass}
        />
      </label>
      <div className="flex gap-2">
        <Button type="submit" look="primary" disabled={!ready || busy}>
          Plan it
        </Button>
        <Button onClick={onDone}>Cancel</Button>
      </div>
    </form>
  );
}
