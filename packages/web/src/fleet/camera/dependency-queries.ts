import type { Camera } from '@vedette/wire/http';

export interface Asked {
  readonly title: string;
  readonly unit: string;
  readonly query: string;
}

type OfCamera = Pick<Camera, 'id' | 'recorder' | 'labels'>;

/** Of the ffmpeg processes that serve a camera. */
export function ffmpegQueries({ id }: OfCamera): readonly Asked[] {
  const of = `{camera_id=${quoted(id)}}`;
  return [
    { title: 'CPU', unit: 'percentunit', query: `sum(rate(ffmpeg_process_cpu_seconds_total${of}[5m]))` },
    { title: 'Memory', unit: 'decbytes', query: `sum(ffmpeg_process_resident_memory_bytes${of})` },
    { title: 'Running for', unit: 's', query: `time() - max(ffmpeg_process_start_time_seconds${of})` },
    { title: 'Restarts in a day', unit: 'none', query: `round(sum(increase(ffmpeg_process_restarts_total${of}[1d])))` },
  ];
}

/** Of the GPUs in the machine where its ffmpeg runs, or in one that the inventory names: its recorder, or by a label. */
export function gpuQueries(camera: OfCamera): readonly Asked[] {
  const places = gpuPlaces(camera);
  const anywhere = (of: (selector: string) => string): string =>
    [
      `(${withHost(of(''))} and on (host) ${withHost(`ffmpeg_process_start_time_seconds{camera_id=${quoted(camera.id)}}`)})`,
      ...places.map((selector) => `(${of(selector)})`),
    ].join(' or ');
  const gauge = (name: string) => anywhere((selector) => `${name}${selector}`);
  return [
    { title: 'GPU decoder', unit: 'percentunit', query: gauge('gpu_decoder_utilization_ratio') },
    { title: 'GPU load', unit: 'percentunit', query: gauge('gpu_utilization_ratio') },
    {
      title: 'GPU memory',
      unit: 'percentunit',
      query: anywhere((selector) => `gpu_memory_used_bytes${selector} / gpu_memory_total_bytes${selector}`),
    },
    { title: 'GPU temperature', unit: 'celsius', query: gauge('gpu_temperature_celsius') },
  ];
}

/** Series with their machine as a label: exporters of one machine answer on ports of their own. */
const withHost = (series: string): string => `label_replace(${series}, "host", "$1", "instance", "(.+?)(:[0-9]+)?")`;

/** Labels of a camera that name a machine it depends on, as fleet health reads them. */
const HOST_LABELS = ['node', 'instance', 'host', 'gpu_node'] as const;
/** Labels of series that name the machine in one word. */
const MACHINE_LABELS = ['recorder', 'node', 'host', 'Hostname'] as const;

/** Selectors of series about the camera's machines; `instance` may have a domain and a port besides. */
function gpuPlaces({ recorder, labels }: OfCamera): readonly string[] {
  const named = HOST_LABELS.map((label) => labels?.[label]?.replace(/:\d+$/, ''));
  const hosts = [...new Set([recorder, ...named])]
    .filter((host): host is string => host !== undefined && host !== '')
    .map(escaped);
  if (hosts.length === 0) return [];
  const any = `(${hosts.join('|')})`;
  return [
    ...MACHINE_LABELS.map((label) => `{${label}=~${quoted(any)}}`),
    `{instance=~${quoted(`${any}([.][^:]*)?(:[0-9]+)?`)}}`,
  ];
}

const quoted = (text: string): string => JSON.stringify(text);

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
