import { resolve } from 'node:path';
import { type Simulation, demoScript, openSimulation } from '@vedette/simulate';
import { SystemClock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';
import { type StartOptions, type Vedette, startVedette } from './app.ts';
import { writeSimulationFiles } from './simulation-files.ts';

export interface DemoOptions extends StartOptions {
  readonly cameras: number;
}

/** A running Vedette with the fleet that it watches. */
export interface Demo extends Vedette {
  readonly simulation: Simulation;
}

const SEED = 1;
const PORT = 9640;
const PASSWORD = 'practice';
/** What was simulated does not belong among what is real. */
const DATA_DEFAULT = 'data-demo';

/**
 * Vedette and a simulated fleet in one process: neither outlives the other, however it ends. Files that connect both are written into the
 * data folder. Throws CONFIG_INVALID when a configuration is given besides: the demonstration brings its own.
 */
export async function startDemo({ cameras, flags, ...options }: DemoOptions): Promise<Demo> {
  if (flags.config !== undefined) {
    throw new VedetteError(
      'CONFIG_INVALID',
      '--demo brings its own configuration; leave --config out, or run `vedette simulate` and serve with the vedette.yaml that it writes',
    );
  }
  const data = flags.data ?? DATA_DEFAULT;
  const simulation = await openOnUsualPorts(cameras);
  try {
    const config = writeSimulationFiles(resolve(data, 'simulation'), simulation, PASSWORD);
    const vedette = await startVedette({ ...options, flags: { ...flags, data, config } });
    return {
      ...vedette,
      simulation,
      stop: async (signal) => {
        await vedette.stop(signal);
        await simulation.stop();
      },
    };
  } catch (error) {
    await simulation.stop();
    throw error;
  }
}

/** On the ports that the guide names, or on any when another simulation has them. */
async function openOnUsualPorts(cameras: number): Promise<Simulation> {
  const options = { cameras, seed: SEED, password: PASSWORD, faults: demoScript(), clock: new SystemClock() };
  try {
    return await openSimulation({ ...options, port: PORT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return openSimulation({ ...options, port: 0 });
  }
}
