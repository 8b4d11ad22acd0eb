import type { Clock } from '../clock.ts';
import type { Collector } from '../collector.ts';
import { type SourcePart, collectParts } from '../source/parts.ts';
import { CameraMatcher, type FfmpegCamera } from './match-camera.ts';
import { ProcessBook } from './process-book.ts';
import { type FfmpegProcess, listProcesses } from './process-list.ts';
import type { FfmpegProgressBook } from './progress-book.ts';
import { ProgressFile } from './progress-file.ts';
import { writeProcesses, writeProgressOf } from './write.ts';

export interface FfmpegCollectorOptions {
  readonly clock: Clock;
  /** Folder that holds `proc`; `/` unless the host's is mounted elsewhere. */
  readonly root?: string;
  readonly platform?: NodeJS.Platform;
  /** Names of the programs, as /proc has them. */
  readonly programs?: readonly string[];
  /** Asked before each reading; an equal array means that nothing changed. */
  readonly cameras: () => readonly FfmpegCamera[];
  /** Of one part of a reading. */
  readonly limitMs?: number;
  /** Where progress that comes by pipe or HTTP is kept; without it only files are read. */
  readonly progress: FfmpegProgressBook;
  /** Files that ffmpeg writes its progress or stderr to. */
  readonly files?: readonly { readonly cameraId: string; readonly path: string }[];
}

/** Files followed at once. */
const FILES_MAX = 5_000;

/**
 * ffmpeg as it runs on this machine: processes found in /proc and matched to cameras by their arguments, and what they tell of their
 * progress. Arguments are compared and never shown. See docs/reference/ffmpeg-collector.md.
 */
export function createFfmpegCollector(options: FfmpegCollectorOptions): Collector {
  const { clock, progress } = options;
  const names = new Set(options.programs ?? ['ffmpeg']);
  const book = new ProcessBook();
  const files = (options.files ?? [])
    .slice(0, FILES_MAX)
    .map(({ cameraId, path }) => new ProgressFile(path, cameraId, progress));
  let cameras: readonly FfmpegCamera[] | undefined;
  let matcher = new CameraMatcher([]);

  const processes: SourcePart = {
    name: 'processes',
    read: async () => {
      if ((options.platform ?? process.platform) !== 'linux') return undefined;
      const now = options.cameras();
      if (now !== cameras) {
        matcher = new CameraMatcher(now);
        cameras = now;
      }
      const byCamera = new Map<string, FfmpegProcess[]>();
      let unmatched = 0;
      for (const one of await listProcesses(options.root ?? '/', names)) {
        const cameraId = matcher.cameraOf(one.argv);
        if (cameraId === undefined) {
          unmatched++;
          continue;
        }
        const own = byCamera.get(cameraId);
        if (own) own.push(one);
        else byCamera.set(cameraId, [one]);
      }
      const shown = book.observe(byCamera);
      return (page) => writeProcesses(page, shown, unmatched);
    },
  };
  const progressPart: SourcePart = {
    name: 'progress',
    read: async () => {
      const faults = await Promise.all(
        files.map((file) =>
          file.read().then(
            () => undefined,
            (error: unknown) => error,
          ),
        ),
      );
      const failed = faults.filter((fault) => fault !== undefined);
      if (failed.length > 0 && failed.length === files.length && progress.progress().length === 0) throw failed[0];
      const shown = progress.progress();
      return (page) => {
        if (files.length > 0) {
          page
            .family('ffmpeg_progress_files_unreadable', 'gauge', 'Progress files that cannot be read.')
            .sample({}, failed.length);
        }
        writeProgressOf(page, shown);
      };
    },
  };
  return {
    name: 'ffmpeg',
    collect: (signal) => collectParts('ffmpeg', [processes, progressPart], clock, signal, options.limitMs),
  };
}
