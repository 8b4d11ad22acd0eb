import { Command } from 'commander';
import { pipeProgress } from '@vedette/agent';
import { readVariable } from '../app/environment.ts';
import { SystemClock } from '../base/clock.ts';
import { VedetteError } from '../base/errors.ts';

interface Flags {
  readonly camera: string;
  readonly server: string;
  readonly tokenEnv?: string;
  readonly tee?: boolean;
}

export function ffmpegProgressCommand(): Command {
  return new Command('ffmpeg-progress')
    .description('Send what ffmpeg writes to this pipe (progress, stderr or both) to a running Vedette.')
    .requiredOption('--camera <id>', 'id of the camera')
    .option('--server <url>', 'where fleet.collectors.ffmpeg.listen is', 'http://127.0.0.1:9601')
    .option('--token-env <name>', 'environment variable with the token, where one is needed')
    .option('--tee', 'print what comes, too')
    .addHelpText(
      'after',
      `\nExample:\n  ffmpeg -nostdin -progress pipe:2 -i rtsp://… out.mp4 2>&1 >/dev/null | vedette ffmpeg-progress --camera gate --tee`,
    )
    .action(async (flags: Flags) => {
      if (!URL.canParse(flags.server))
        throw new VedetteError('CONFIG_INVALID', `--server: not an address: write it as http://127.0.0.1:9601`);
      const token = flags.tokenEnv === undefined ? undefined : readVariable(flags.tokenEnv);
      if (flags.tokenEnv !== undefined && token === undefined)
        throw new VedetteError('CONFIG_INVALID', `--token-env: the environment variable ${flags.tokenEnv} is not set`);
      const onFault = (message: string): void => void process.stderr.write(`vedette ffmpeg-progress: ${message}\n`);
      const input = flags.tee === true ? teed(process.stdin) : process.stdin;
      await pipeProgress(input, {
        clock: new SystemClock(),
        server: flags.server,
        cameraId: flags.camera,
        token,
        onFault,
      });
    });
}

async function* teed(input: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  for await (const chunk of input) {
    process.stdout.write(chunk);
    yield chunk;
  }
}
