import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Simulation, yamlText } from '@vedette/simulate';
import { RULE_PACKS } from './config-schema.ts';

const CONFIG_FILE = 'vedette.yaml';
const INVENTORY_FILE = 'inventory.yaml';
const PASSWORD_FILE = 'camera-password';

/** So few cameras are looked at more closely than a fleet would be: who practises wants to see a fault within a minute. */
const CLOSE_LOOK_CAMERAS_MAX = 100;
const CLOSE_LOOK = { interval: '20s', full_every: 2, snapshot_interval: '1m', onvif_interval: '1m' };

/**
 * Writes what Vedette reads to watch a simulation: `vedette.yaml` with the scrape jobs and the inventory's name, `inventory.yaml`, and the
 * cameras' password in a file of its own. Returns the path of the configuration.
 */
export function writeSimulationFiles(folder: string, simulation: Simulation, password: string): string {
  mkdirSync(folder, { recursive: true });
  const passwordFile = join(folder, PASSWORD_FILE);
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  // An older file keeps its mode.
  chmodSync(passwordFile, 0o600);
  writeFileSync(join(folder, INVENTORY_FILE), header(yamlText(simulation.inventory(PASSWORD_FILE))));
  const configuration = {
    simulation: true,
    global: { scrape_interval: '15s', evaluation_interval: '15s' },
    scrape_configs: simulation.scrapeJobs(),
    fleet: {
      inventory: { files: [INVENTORY_FILE], imports: recorders(simulation) },
      ...(simulation.plan.cameras.length <= CLOSE_LOOK_CAMERAS_MAX ? { probes: CLOSE_LOOK } : {}),
    },
    catalog: { rules: true, packs: [...RULE_PACKS] },
  };
  const file = join(folder, CONFIG_FILE);
  writeFileSync(file, header(yamlText(configuration)));
  return file;
}

/** The recorders that are read through their own interfaces. */
function recorders({ addresses: { frigate, mediamtx_api: mediamtx } }: Simulation): readonly object[] {
  return [
    ...(frigate === undefined ? [] : [{ name: 'frigate-1', kind: 'frigate', url: frigate, recorder: 'frigate-1' }]),
    ...(mediamtx === undefined
      ? []
      : [{ name: 'mediamtx-1', kind: 'mediamtx', url: mediamtx, recorder: 'mediamtx-1' }]),
  ];
}

const header = (text: string): string => `# Written by vedette simulate, and written anew at its next start.\n${text}`;
