import { AuthGate } from './auth/gate.ts';
import { loadClips } from './clip/clips.ts';
import type { Clock } from './clock.ts';
import type { FaultSpec } from './faults/fault.ts';
import { FaultSchedule } from './faults/schedule.ts';
import { CameraStreams } from './fleet/camera-streams.ts';
import { type FleetPlan, planFleet } from './fleet/plan.ts';
import { RtspServer } from './rtsp/server.ts';

export const LOOPBACK = '127.0.0.1';

export interface SimulationOptions {
  /** 1 to CAMERAS_MAX. */
  readonly cameras: number;
  readonly seed: number;
  /** First of the ports that are used; 0: the system chooses each. */
  readonly port: number;
  readonly password: string;
  readonly faults: readonly FaultSpec[];
  readonly clock: Clock;
}

export interface Simulation {
  readonly plan: FleetPlan;
  readonly faults: FaultSchedule;
  readonly rtspPort: number;
  stop(): Promise<void>;
}

/** Starts the whole fleet. Rejects when a port is taken or a fault matches no camera. */
export async function openSimulation(options: SimulationOptions): Promise<Simulation> {
  const plan = planFleet(options.cameras, options.seed);
  const faults = new FaultSchedule(plan, options.clock.now());
  for (const spec of options.faults) faults.add(spec);
  const streams = new CameraStreams(plan, loadClips(), faults, options.password);
  const gate = new AuthGate(`${options.seed}/${options.password}`);
  const rtsp = new RtspServer({
    host: LOOPBACK,
    clock: options.clock,
    gate,
    seed: options.seed,
    find: (path) => streams.find(path),
  });
  const listener = await rtsp.listen(options.port === 0 ? 0 : options.port + 2);
  return {
    plan,
    faults,
    rtspPort: listener.port,
    stop: () => rtsp.close(),
  };
}
