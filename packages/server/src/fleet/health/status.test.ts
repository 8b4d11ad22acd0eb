import type { Trouble, TroubleKind } from '@vedette/wire/http';
import { expect, it } from 'vitest';
import { CameraEvidence } from '../evidence/camera-evidence.ts';
import { FleetEntry } from './fleet-entry.ts';
import type { Verdict } from './judge.ts';
import { statusOf } from './status.ts';

const START = 1_700_000_000_000;

function trouble(kind: TroubleKind, reason: string, sinceMs = START): Trouble {
  return { kind, reason, advice: 'look', sinceMs, evidence: [] };
}

function verdict(...troubles: readonly Trouble[]): Verdict {
  return { state: 'degraded', troubles, suspicion: undefined, goodAtMs: START };
}

function moved(entry: FleetEntry, about: Verdict, atMs: number): FleetEntry {
  const before = entry.status;
  entry.status = statusOf(entry, about, undefined, atMs);
  if (entry.status.troubles !== before.troubles) entry.wordedAtMs = atMs;
  return entry;
}

function newEntry(): FleetEntry {
  const camera = { id: 'cam-1', source: 'file' as const };
  return new FleetEntry({ camera, evidence: new CameraEvidence(), hosts: [], models: [] }, START);
}

it('a trouble that takes the place of another below the worst is told, though the worst is what it was', () => {
  const worst = trouble('recorder_full', 'Disk full');
  const entry = moved(newEntry(), verdict(worst, trouble('packet_loss', 'Loses 3 %')), START);
  moved(entry, verdict(worst, trouble('clock_offset', 'Clock is 9 s off', START + 1_000)), START + 1_000);
  expect(entry.status.troubles.map(({ kind }) => kind)).toEqual(['recorder_full', 'clock_offset']);
  expect(entry.status.sinceMs).toBe(START);
});

it('figures of all troubles are taken over after half a minute, not only those of the worst', () => {
  const worst = trouble('recorder_full', 'Disk full');
  const entry = moved(newEntry(), verdict(worst, trouble('packet_loss', 'Loses 3 %')), START);
  const later = verdict(worst, trouble('packet_loss', 'Loses 40 %'));
  const { status } = moved(entry, later, START + 10_000);
  expect(status.troubles[1]?.reason).toBe('Loses 3 %');
  expect(moved(entry, later, START + 10_000).status).toBe(status);
  expect(moved(entry, later, START + 31_000).status.troubles[1]?.reason).toBe('Loses 40 %');
});
