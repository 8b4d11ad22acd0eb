import { isAbsolute, join } from 'node:path';
import { withAbsoluteFiles } from '../../../base/http-client/index.ts';
import type { DiscoveryConfig } from './config.ts';

/** Relative file names in the discovery keys count from `folder`, where the section stands. */
export function discoveryWithAbsoluteFiles<Config extends DiscoveryConfig>(config: Config, folder: string): Config {
  return {
    ...config,
    file_sd_configs: config.file_sd_configs.map((sd) => ({
      ...sd,
      files: sd.files.map((file) => absolute(file, folder)),
    })),
    http_sd_configs: config.http_sd_configs.map((sd) => withAbsoluteFiles(sd, folder)),
    consul_sd_configs: config.consul_sd_configs.map((sd) => withAbsoluteFiles(sd, folder)),
    kubernetes_sd_configs: config.kubernetes_sd_configs.map((sd) => ({
      ...withAbsoluteFiles(sd, folder),
      ...(sd.kubeconfig_file !== undefined && { kubeconfig_file: absolute(sd.kubeconfig_file, folder) }),
    })),
  };
}

function absolute(file: string, folder: string): string {
  return file === '' || isAbsolute(file) ? file : join(folder, file);
}
