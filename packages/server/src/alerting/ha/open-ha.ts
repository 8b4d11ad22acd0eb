import type { Registry } from 'prom-client';
import type { Clock } from '../../base/clock.ts';
import type { Component } from '../../base/component.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import type { AlertLifeSink, StateStore } from '../../model/ports.ts';
import { Claims } from './claims.ts';
import type { HighAvailabilityConfig } from './config.ts';
import { heldLife } from './held-life.ts';
import { Replicas } from './replicas.ts';
import { Turns } from './turns.ts';

export interface HighAvailabilityDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly random: Random;
  /** Shared by all replicas: it has `refresh`. Started before, stopped after. */
  readonly state: StateStore;
}

/** Start it before alerting, stop it after. */
export interface HighAvailability extends Component {
  /** For alerting; throws before `start`. */
  turns(): Turns;
  /** For rules: what only the first replica tells. */
  life(life: AlertLifeSink): AlertLifeSink;
  /** Names of the replicas that live, sorted. */
  living(): readonly string[];
}

/** This Vedette's part among several that tell each alert once. */
export function openHighAvailability(deps: HighAvailabilityDeps, config: HighAvailabilityConfig): HighAvailability {
  const replicas = new Replicas(deps, config.name);
  let turns: Turns | undefined;
  return {
    name: 'high availability',
    start: async () => {
      await replicas.start();
      const claims = await Claims.open(deps.state, replicas);
      turns = new Turns({ ...deps, replicas, claims }, config.peer_timeout);
    },
    stop: () => replicas.stop(),
    turns: () => {
      if (!turns) throw new Error('high availability is not started');
      return turns;
    },
    life: (life) => heldLife(life, replicas, deps),
    living: () => replicas.living(),
  };
}
