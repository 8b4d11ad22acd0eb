import { describe, expect, it } from 'vitest';
import { ffmpegQueries, gpuQueries } from './dependency-queries.ts';

const decoder = (camera: Parameters<typeof gpuQueries>[0]): string =>
  gpuQueries(camera).find(({ title }) => title === 'GPU decoder')?.query ?? '';

describe('what a camera depends on', () => {
  it('is asked for by its id', () => {
    expect(ffmpegQueries({ id: 'a"b' })[1]?.query).toBe(
      String.raw`sum(ffmpeg_process_resident_memory_bytes{camera_id="a\"b"})`,
    );
    expect(decoder({ id: 'cam-1' })).toBe(
      '(label_replace(gpu_decoder_utilization_ratio, "host", "$1", "instance", "(.+?)(:[0-9]+)?") and on (host) ' +
        'label_replace(ffmpeg_process_start_time_seconds{camera_id="cam-1"}, "host", "$1", "instance", "(.+?)(:[0-9]+)?"))',
    );
  });

  it('is the GPU of its recorder, too, whose exporter has a port and perhaps a domain of its own', () => {
    const query = decoder({ id: 'cam-1', recorder: 'nvr-1', labels: { gpu_node: 'gpu.lan:9835' } });
    expect(query).toContain(String.raw`or (gpu_decoder_utilization_ratio{recorder=~"(nvr-1|gpu\\.lan)"})`);
    expect(query).toContain(
      String.raw`or (gpu_decoder_utilization_ratio{instance=~"(nvr-1|gpu\\.lan)([.][^:]*)?(:[0-9]+)?"})`,
    );
  });

  it('divides memory within each place', () => {
    const memory = gpuQueries({ id: 'cam-1', recorder: 'nvr-1' })[2]?.query;
    expect(memory).toContain('(gpu_memory_used_bytes{host=~"(nvr-1)"} / gpu_memory_total_bytes{host=~"(nvr-1)"})');
  });
});
