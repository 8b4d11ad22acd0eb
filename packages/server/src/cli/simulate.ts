import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import {
  CAMERAS_MAX,
  CAMERA_USERNAME,
  type FaultSpec,
  type Simulation,
  demoScript,
  openSimulation,
  readFaultScript,
} from '@vedette/simulate';
import { Command } from 'commander';
import { writeSimulationFiles } from '../app/index.ts';
import { SystemClock } from '../base/clock.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { readYaml } from '../base/yaml-source.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { plural, print } from './terminal.ts';

interface SimulateFlags {
  readonly cameras: string;
  readonly seed: string;
  readonly port: string;
  readonly portPerCamera?: boolean;
  readonly password: string;
  readonly faults?: string;
  readonly fault: readonly string[];
  readonly out: string;
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('Run a believable camera fleet on loopback, to practise on: cameras, recorders, services and faults.')
    .option('--cameras <count>', 'how many cameras', '40')
    .option('--seed <number>', 'another number is another fleet', '1')
    .option('--port <number>', 'first of the ports that are used; 0: the system chooses each', '9640')
    .option('--port-per-camera', 'give each camera an RTSP port of its own, from the first port + 100 on')
    .option('--password <text>', `of the cameras, whose user is "${CAMERA_USERNAME}"`, 'practice')
    .option('--faults <file>', 'YAML file of faults and when they happen, or "demo"')
    .option('--fault <yaml>', 'one more fault, such as "{kind: frozen, at: 1m, for: 5m}"; may be repeated', collect, [])
    .option('--out <folder>', 'where vedette.yaml and inventory.yaml are written', 'simulation')
    .addHelpText(
      'after',
      `
Examples:
  vedette simulate                                            forty cameras, no faults
  vedette serve --config simulation/vedette.yaml              watch them
  vedette simulate --faults demo                              with something going wrong every few minutes
  vedette simulate --fault '{kind: frozen, cameras: [cam-0003]}'
  curl -H 'content-type: application/json' -d '{"kind":"offline","for":"2m"}' http://127.0.0.1:9640/faults`,
    )
    .action(async (flags: SimulateFlags) => {
      const simulation = await openSimulation({
        cameras: wholeNumber('--cameras', flags.cameras, 1, CAMERAS_MAX),
        seed: wholeNumber('--seed', flags.seed, 0, 2 ** 32 - 1),
        port: wholeNumber('--port', flags.port, 0, 65_000),
        portPerCamera: flags.portPerCamera === true,
        password: flags.password,
        faults: [...faultsOf(flags.faults), ...flags.fault.flatMap(faultOf)],
        clock: new SystemClock(),
      });
      const config = writeSimulationFiles(resolve(flags.out), simulation, flags.password);
      print(banner(simulation, relative('.', config)));
      runUntilStopped({
        reload: () => Promise.resolve(),
        stop: () => simulation.stop(),
      });
    });
}

function banner({ plan, addresses }: Simulation, config: string): string {
  const [first] = plan.cameras;
  return [
    `A simulated fleet of ${plural(plan.cameras.length, 'camera')} is running`,
    `  rtsp      ${addresses.rtsp}/${first?.id}/main (user ${CAMERA_USERNAME})`,
    `  http      ${addresses.cameras}/${first?.id}/ hls/index.m3u8, mjpeg, snapshot.jpg, onvif/device_service`,
    `  services  ${addresses.services}/<service>/metrics`,
    ...(addresses.frigate === undefined ? [] : [`  frigate   ${addresses.frigate}`]),
    ...(addresses.mediamtx_api === undefined
      ? []
      : [`  mediamtx  ${addresses.mediamtx_api}, metrics ${addresses.mediamtx_metrics}`]),
    `  faults    ${addresses.control}/faults`,
    `  watch it  vedette serve --config ${config} --data data-demo`,
    '',
  ].join('\n');
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

function faultsOf(file: string | undefined): readonly FaultSpec[] {
  if (file === undefined) return [];
  if (file === 'demo') return demoScript();
  return told(`--faults ${file}`, () => readFaultScript(readYaml(readFileSync(file, 'utf8'), file)[0]?.toJS() ?? []));
}

function faultOf(text: string): readonly FaultSpec[] {
  return told('--fault', () => readFaultScript([readYaml(text, '--fault')[0]?.toJS()]));
}

function told<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new VedetteError('CONFIG_INVALID', `${place}: ${errorMessage(error)}`, { cause: error });
  }
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new VedetteError('CONFIG_INVALID', `${flag}: "${text}" is not a whole number from ${least} to ${most}`);
}
