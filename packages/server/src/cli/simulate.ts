import { readFileSync } from 'node:fs';
import { openSimulation, readFaultScript } from '@vedette/simulate';
import { Command } from 'commander';
import { SystemClock } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { readYaml } from '../base/yaml-source.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { print } from './terminal.ts';

interface SimulateFlags {
  readonly cameras: string;
  readonly seed: string;
  readonly port: string;
  readonly password: string;
  readonly faults?: string;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Run a believable camera fleet on loopback, to practise on: cameras, recorders, services and faults.')
    .option('--cameras <count>', 'how many cameras', '40')
    .option('--seed <number>', 'another number is another fleet', '1')
    .option('--port <number>', 'first of the ports that are used; 0: the system chooses', '9640')
    .option('--password <text>', 'of the cameras, whose user is "viewer"', 'practice')
    .option('--faults <file>', 'YAML file of faults and when they happen')
    .action(async (flags: SimulateFlags) => {
      const simulation = await openSimulation({
        cameras: wholeNumber('--cameras', flags.cameras),
        seed: wholeNumber('--seed', flags.seed),
        port: wholeNumber('--port', flags.port),
        password: flags.password,
        faults: flags.faults === undefined ? [] : readFaultFile(flags.faults),
        clock: new SystemClock(),
      });
      print(
        [
          `A simulated fleet of ${simulation.plan.cameras.length} cameras is running`,
          `  rtsp  rtsp://127.0.0.1:${simulation.rtspPort}/cam-0001/main (user viewer)`,
          '',
        ].join('\n'),
      );
      runUntilStopped({
        reload: () => Promise.resolve(),
        stop: () => simulation.stop(),
      });
    });
}

function readFaultFile(file: string): ReturnType<typeof readFaultScript> {
  try {
    return readFaultScript(readYaml(readFileSync(file, 'utf8'), file)[0]?.toJS() ?? []);
  } catch (error) {
    throw new VedetteError('CONFIG_INVALID', `--faults ${file}: ${errorMessage(error)}`, { cause: error });
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new VedetteError('CONFIG_INVALID', `${flag}: "${text}" is not a whole number`);
}
