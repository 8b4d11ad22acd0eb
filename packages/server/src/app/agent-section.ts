import { dirname, resolve } from 'node:path';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { positiveDurationMs } from '../base/config-schema.ts';
import { VedetteError, errorMessage } from '../base/errors.ts';
import { checkSource, readYaml, sourceError } from '../base/yaml-source.ts';
import { httpSchema } from '../http/index.ts';
import { checkReceive, receiveShape, remoteWriteSchema } from '../metrics/receive/index.ts';
import { sendShape, unusableUrl } from '../metrics/send/index.ts';
import { fleetSchema } from './fleet-section.ts';

/** A site's agent beside a Vedette on the same machine. */
const LISTEN_DEFAULT = '127.0.0.1:9602';
const DATA_DIR_DEFAULT = 'agent-data';

const labelText = z.string().min(1).max(120);

const shape = {
  ...receiveShape,
  ...sendShape,
  agent: z.strictObject({
    /** In the label `agent` of everything it sends; unset: the host's name. */
    name: labelText.optional(),
    /** In the label `site` of everything that has none of its own. */
    site: labelText,
    /** How often it tells the centre that it lives. */
    heartbeat_interval: positiveDurationMs.prefault('15s'),
    /** Where the spool lies; `--data` wins over it. */
    data: z.string().min(1).optional(),
  }),
  remote_write_receiver: remoteWriteSchema,
  fleet: fleetSchema,
  http: httpSchema.prefault({ listen: LISTEN_DEFAULT }),
  host_collector: z
    .strictObject({ enabled: z.boolean().default(true), scrape_interval: positiveDurationMs.prefault('15s') })
    .prefault({}),
  self_monitoring: z
    .strictObject({ enabled: z.boolean().default(true), scrape_interval: positiveDurationMs.prefault('15s') })
    .prefault({}),
};

/** `site.yaml` of `vedette agent`: sections of vedette.yaml that read and send, and `agent:`. */
export const agentConfigSchema = z.strictObject(shape).superRefine((sections, context) => {
  checkReceive(sections, context);
  const issue = (path: (string | number)[], message: string): void =>
    context.addIssue({ code: 'custom', message, path });
  if (sections.remote_write.length === 0)
    issue(
      ['remote_write'],
      'an agent needs a remote to send to; write its url, such as https://vedette.example/api/v1/write',
    );
  for (const [i, remote] of sections.remote_write.entries()) {
    const fault = unusableUrl(remote);
    if (fault !== undefined) issue(['remote_write', i, 'url'], fault);
  }
  for (const name of ['agent', 'site']) {
    if (sections.global.external_labels[name] !== undefined)
      issue(
        ['global', 'external_labels', name],
        `${name} is set by agent.${name === 'agent' ? 'name' : 'site'}; write it there`,
      );
  }
});

export type AgentSections = z.output<typeof agentConfigSchema>;

export interface AgentConfig {
  /** Absolute. */
  readonly file: string;
  readonly baseDir: string;
  readonly dataDir: string;
  readonly name: string;
  readonly site: string;
  /** With the labels `agent` and `site` in `global.external_labels`. */
  readonly sections: AgentSections;
}

export interface AgentFlags {
  readonly config: string;
  readonly data?: string;
}

/** Throws CONFIG_UNREADABLE or CONFIG_INVALID with every fault at its place. */
export function loadAgentConfig(flags: AgentFlags, cwd = process.cwd()): AgentConfig {
  const file = resolve(cwd, flags.config);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new VedetteError(
      'CONFIG_UNREADABLE',
      `cannot read the agent's configuration ${flags.config}: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
  const documents = readYaml(text, flags.config);
  const [source, second] = documents;
  if (!source)
    throw new VedetteError(
      'CONFIG_INVALID',
      `${flags.config} is empty; an agent needs at least agent.site and remote_write`,
    );
  if (second)
    throw sourceError('CONFIG_INVALID', [
      second.problem([], 'a second document; a configuration is one document', 'remove the line "---"'),
    ]);
  const sections = checkSource(source, agentConfigSchema);
  const baseDir = dirname(file);
  const { agent } = sections;
  const name = agent.name ?? hostname();
  const external_labels = { ...sections.global.external_labels, agent: name, site: agent.site };
  return {
    file,
    baseDir,
    dataDir: flags.data === undefined ? resolve(baseDir, agent.data ?? DATA_DIR_DEFAULT) : resolve(cwd, flags.data),
    name,
    site: agent.site,
    sections: { ...sections, global: { ...sections.global, external_labels } },
  };
}
