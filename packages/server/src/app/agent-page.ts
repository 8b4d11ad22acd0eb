import type { Collector } from '@vedette/agent';
import { MetricWriter } from '@vedette/wire/exposition';
import type { Clock } from '../base/clock.ts';
import type { HttpPlugin } from '../base/http-plugin.ts';
import type { RemoteState } from '../metrics/send/index.ts';
import { HEARTBEAT } from './fleet-agents.ts';

export interface AgentAbout {
  readonly name: string;
  readonly site: string;
  readonly version: string;
  readonly startedAtMs: number;
}

export interface AgentFigures {
  readonly about: AgentAbout;
  readonly clock: Clock;
  readonly states: () => readonly RemoteState[];
  readonly cameras: () => { readonly known: number; readonly probed: number };
  readonly targets: () => { readonly up: number; readonly down: number; readonly unknown: number };
  readonly problems: () => readonly string[];
  /** What is known of the cameras, as it is sent. */
  readonly probing: Collector;
}

/** By which the centre knows that the agent lives and how its link is; job `agent`. */
export function heartbeat({ about, states }: AgentFigures): Collector {
  const { name: agent, site, version } = about;
  return {
    name: 'agent',
    collect: async () => {
      const page = new MetricWriter();
      page.family(HEARTBEAT, 'gauge', 'Always 1: the agent of the site lives.').sample({ agent, site }, 1);
      page.family('vedette_agent_info', 'gauge', 'Always 1.').sample({ agent, site, version }, 1);
      const link = page.family('vedette_agent_link_up', 'gauge', '1 while the remote takes what is sent, else 0.');
      const waiting = page.family('vedette_agent_spool_bytes', 'gauge', 'On the disk and not at the remote yet.');
      for (const state of states()) {
        link.sample({ agent, site, remote: state.name }, state.failing ? 0 : 1);
        waiting.sample({ agent, site, remote: state.name }, state.spoolBytes);
      }
      return page.toString();
    },
  };
}

/** GET /api/vedette/agent, /api/vedette/agent/cameras and a page of text at /: for whoever stands at the site. */
export function agentPages(figures: AgentFigures): HttpPlugin {
  const { about, clock, states, cameras, targets, problems, probing } = figures;
  const answer = () => ({
    ...about,
    atMs: clock.now(),
    remotes: states(),
    cameras: cameras(),
    targets: targets(),
    problems: problems(),
  });
  return async (scope) => {
    scope.get('/api/vedette/agent', async () => answer());
    scope.get('/api/vedette/agent/cameras', async (request, reply) => {
      const gone = new AbortController();
      request.raw.once('close', () => gone.abort());
      return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await probing.collect(gone.signal));
    });
    scope.get('/', async (_request, reply) => {
      const { remotes, cameras: count, targets: health, problems: wrong, atMs } = answer();
      const lines = [
        `Vedette agent ${about.name} of site ${about.site}, version ${about.version}`,
        `running since ${new Date(about.startedAtMs).toISOString()}, now ${new Date(atMs).toISOString()}`,
        '',
        `cameras  ${count.known} known, ${count.probed} probed here`,
        `targets  ${health.up} up, ${health.down} down, ${health.unknown} not asked yet`,
        ...remotes.map(remoteLine),
        ...(wrong.length === 0 ? [] : ['', 'problems']),
        ...wrong.map((text) => `  ${text}`),
        '',
        'metrics at /metrics, of cameras at /api/vedette/agent/cameras, targets at /api/v1/targets, this as JSON at /api/vedette/agent',
      ];
      return reply.type('text/plain; charset=utf-8').send(`${lines.join('\n')}\n`);
    });
  };
}

function remoteLine({ name, url, failing, spoolBytes, highestSentMs }: RemoteState): string {
  const sent = highestSentMs === 0 ? 'nothing sent yet' : `newest sent ${new Date(highestSentMs).toISOString()}`;
  const link = failing ? 'does not take what is sent: link down?' : 'takes what is sent';
  return `remote   ${name} (${url}) ${link}; ${(spoolBytes / 2 ** 20).toFixed(1)} MiB wait on the disk; ${sent}`;
}
