import { Command } from 'commander';
import { type LogFormat, type LogLevel, LOG_LEVELS } from '../app/logging.ts';
import { startAgent } from '../app/start-agent.ts';
import { VedetteError } from '../base/errors.ts';
import { parseListen } from '../http/index.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { print } from './terminal.ts';
import { version } from './version.ts';

interface AgentCommandFlags {
  readonly config: string;
  readonly data?: string;
  readonly listen?: string;
  readonly logLevel: string;
  readonly logFormat: string;
}

export function agentCommand(): Command {
  return new Command('agent')
    .description(
      'Run at a site: probe its cameras, collect, and send everything to the centre, also what a broken link held up.',
    )
    .requiredOption('--config <file>', "the agent's configuration, such as site.yaml")
    .option('--data <folder>', 'where samples wait for the link (default: agent-data beside the configuration)')
    .option('--listen <host:port>', 'address of status page and metrics (default: 127.0.0.1:9602)')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .option('--log-format <format>', 'logfmt or json', 'logfmt')
    .addHelpText(
      'after',
      `
Signals: SIGHUP reloads the configuration, SIGTERM and SIGINT stop after what could be sent is sent; the rest waits on the disk.

Examples:
  vedette agent --config site.yaml
  vedette agent --config /etc/vedette/site.yaml --data /var/lib/vedette-agent`,
    )
    .action(async (flags: AgentCommandFlags) => {
      const listen = flags.listen === undefined ? undefined : listenFlag(flags.listen);
      const agent = await startAgent({
        flags: {
          config: flags.config,
          ...(flags.data === undefined ? {} : { data: flags.data }),
          ...(listen === undefined ? {} : { listen }),
        },
        logLevel: oneOf('--log-level', flags.logLevel, LOG_LEVELS) satisfies LogLevel,
        logFormat: oneOf('--log-format', flags.logFormat, ['logfmt', 'json'] as const) satisfies LogFormat,
        version: version(),
        log: (line) => process.stderr.write(line),
      });
      const { config } = agent;
      print(
        [
          `Vedette agent ${config.name} of site ${config.site}, ${version()}`,
          `  status   ${agent.url}`,
          `  sends to ${config.sections.remote_write.map((remote) => remote.url).join(', ')}`,
          `  data     ${config.dataDir}`,
          `  config   ${config.file}`,
          '',
        ].join('\n'),
      );
      runUntilStopped(agent);
    });
}

function listenFlag(text: string): { host: string; port: number } {
  const address = parseListen(text);
  if (address) return address;
  throw new VedetteError(
    'CONFIG_INVALID',
    `--listen: not an address: "${text}"; write it as 127.0.0.1:9602 or [::1]:9602`,
  );
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  if ((known as readonly string[]).includes(value)) return value as T;
  throw new VedetteError('CONFIG_INVALID', `${flag}: "${value}" is none of ${known.join(', ')}`);
}
