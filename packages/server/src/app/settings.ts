import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type AlertingSettings, alertmanagerWithFolder } from '../alerting/index.ts';
import { formatListen } from '../http/index.ts';
import type { QueryConfig } from '../metrics/query/index.ts';
import type { RulesSettings } from '../rules/index.ts';
import type { LoadedConfig } from './config.ts';

/** More of them would wait for the event loop, which consumes what they compute. */
const QUERY_THREADS_MAX = 3;

/** The address in links: the configured one, else where Vedette listens. */
export function externalUrl({ sections: { http } }: LoadedConfig, listening?: string): string {
  const scheme = http.tls_server_config ? 'https' : 'http';
  return (http.external_url ?? listening ?? `${scheme}://${formatListen(http.listen)}`).replace(/\/+$/, '');
}

/** The starter rules run unless the configuration has rules of its own, or as it says. */
export function wantsStarterRules({ sections }: LoadedConfig): boolean {
  return sections.catalog.rules ?? sections.rule_files.length === 0;
}

/** The packs that are named, and with the starter rules the one about cameras where the configuration says which there are. */
export function wantedPacks(config: LoadedConfig): readonly string[] {
  const { catalog, fleet } = config.sections;
  const hasCameras = fleet.inventory.files.length > 0 || fleet.inventory.imports.length > 0;
  const named: readonly string[] = catalog.packs;
  return hasCameras && wantsStarterRules(config) && !named.includes('cameras') ? [...named, 'cameras'] : named;
}

/** Rule files of the configuration, and of the catalogue, when it is given, the starter rules if they are wanted and the packs. */
export function rulesSettings(config: LoadedConfig, catalogDir?: string): RulesSettings {
  const { sections } = config;
  const ofCatalog =
    catalogDir === undefined
      ? []
      : [
          ...(wantsStarterRules(config) ? [join(catalogDir, 'rules', '*.yaml')] : []),
          ...wantedPacks(config).map((pack) => join(catalogDir, 'packs', `${pack}.yaml`)),
        ];
  return {
    ruleFiles: [...sections.rule_files, ...ofCatalog],
    baseDir: config.baseDir,
    evaluationIntervalMs: sections.global.evaluation_interval,
    queryOffsetMs: sections.global.rule_query_offset,
    externalLabels: sections.global.external_labels,
    externalUrl: externalUrl(config),
    legacyNames: sections.global.metric_name_validation_scheme === 'legacy',
    config: sections.rules,
  };
}

export function alertingSettings(config: LoadedConfig): AlertingSettings {
  return {
    config: {
      ...config.sections.alerting,
      alertmanagers: config.sections.alerting.alertmanagers.map((one) => alertmanagerWithFolder(one, config.baseDir)),
    },
    ...(config.alertmanager && { alertmanager: config.alertmanager.config }),
    externalLabels: config.sections.global.external_labels,
    externalUrl: externalUrl(config),
  };
}

/** Threads that compute queries beside the event loop: a processor each, and one is left to the loop. */
export function queryThreads({ threads }: QueryConfig): number {
  return threads ?? Math.min(QUERY_THREADS_MAX, availableParallelism() - 1);
}
