import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stop, end, eventually, freePort, root, start, temporaryFolder } from './vedette-process.ts';

export interface RunningAlertmanager {
  readonly url: string;
  readonly folder: string;
  readonly file: string;
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface AlertmanagerStart {
  readonly config: string;
  readonly folder?: string;
  readonly args?: readonly string[];
}

/** `vedette alertmanager` through the real launcher. */
export async function startVedetteAlertmanager(options: AlertmanagerStart): Promise<RunningAlertmanager> {
  const folder = options.folder ?? temporaryFolder();
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, options.config);
  const args = [
    join(root, 'bin/vedette'),
    'alertmanager',
    `--config.file=${file}`,
    `--storage.path=${join(folder, 'data')}`,
    '--web.listen-address=127.0.0.1:0',
    '--cluster.listen-address=',
    ...(options.args ?? []),
  ];
  const child = start(process.execPath, args, folder);
  const url = await eventually(
    () => {
      if (child.exitCode !== null) throw new Stop(`vedette ended with ${child.exitCode}:\n${child.output()}`);
      const match = /API\s+(https?:\/\/\S+)\/api\/v2/.exec(child.output());
      if (!match?.[1]) throw new Error(`vedette is not ready:\n${child.output()}`);
      return match[1];
    },
    { timeoutMs: 60_000, everyMs: 25 },
  );
  return { url, folder, file, output: child.output, stop: (signal) => end(child, signal) };
}

/** Debian's Alertmanager; answers when this resolves. */
export async function startRealAlertmanager(
  program: string,
  { config, folder = temporaryFolder(), args = [] }: AlertmanagerStart,
  /** Status of its readiness page, for one that speaks TLS or lives below a prefix. */
  readiness?: (port: number) => Promise<number>,
): Promise<RunningAlertmanager> {
  const port = await freePort();
  const file = join(folder, 'real-alertmanager.yml');
  writeFileSync(file, config);
  const child = start(
    program,
    [
      `--config.file=${file}`,
      `--storage.path=${join(folder, 'real-data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
      ...args,
    ],
    folder,
  );
  const url = `http://127.0.0.1:${port}`;
  await eventually(async () => {
    if (child.exitCode !== null) throw new Stop(`it ended with ${child.exitCode}:\n${child.output()}`);
    const status = readiness ? await readiness(port) : (await fetch(`${url}/-/ready`)).status;
    if (status !== 200) throw new Error(`status ${status}`);
  });
  return { url, folder, file, output: child.output, stop: (signal) => end(child, signal) };
}
