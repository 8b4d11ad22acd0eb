import { expect, it } from 'vitest';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Labels } from '../model/labels.ts';
import type { SampleBatch } from '../model/sample.ts';
import { PassingSink } from './agent-sink.ts';
import { AgentContacts } from './fleet-agents.ts';

function beat(site: string, ...timesMs: readonly number[]): SampleBatch {
  const series = [
    Labels.fromObject({ __name__: 'node_load1', agent: `box-${site}`, site }),
    Labels.fromObject({ __name__: 'vedette_agent_up', agent: `box-${site}`, site }),
  ];
  return {
    series,
    seriesIndex: Uint32Array.from(timesMs, () => 1),
    timestampMs: Float64Array.from(timesMs),
    value: Float64Array.from(timesMs, () => 1),
  };
}

it('an agent was last heard when something of it arrived, whatever the time of what arrived', async () => {
  const clock = new VirtualClock();
  const contacts = new AgentContacts(new PassingSink(), clock);
  let heard = false;
  void contacts.heard.then(() => (heard = true));
  const page = (): Promise<string> => contacts.collector.collect(new AbortController().signal);
  expect(await page()).toBe('');
  const startMs = clock.now();
  await contacts.append(beat('north', startMs));
  await contacts.append(beat('south', startMs));
  await clock.settle();
  expect(heard).toBe(true);
  await clock.advance(3_600_000);
  // An hour without a link; what comes first is as old as that.
  await contacts.append(beat('north', startMs + 15_000, startMs + 30_000));
  const contact = (agent: string, site: string): string =>
    `vedette_agent_last_contact_timestamp_seconds{agent="${agent}",site="${site}"}`;
  expect(await page()).toContain(`${contact('box-north', 'north')} ${(startMs + 3_600_000) / 1_000}\n`);
  expect(await page()).toContain(`${contact('box-south', 'south')} ${startMs / 1_000}\n`);
  expect(await page()).toContain('vedette_agent_backlog_seconds{agent="box-north",site="north"} 3570\n');
  // An agent that was taken away is forgotten after a month.
  await clock.advance(29.98 * 86_400_000);
  await contacts.append(beat('north', clock.now()));
  await clock.advance(86_400_000);
  expect(await page()).not.toContain('south');
  expect(await page()).toContain('north');
});
