import { z } from 'zod';
import { errorMessage } from '../../../base/errors.ts';
import { type HttpSdConfig, targetGroup } from './config.ts';
import { type HttpDiscoveryDeps, expandGroup } from './discovery.ts';
import { PolledDiscovery } from './polled-discovery.ts';

/** A list of targets; the largest fleets stay below a tenth of it. */
const BODY_BYTES_MAX = 64 * 1024 * 1024;
const TIMEOUT_MAX_MS = 30_000;

const groupsSchema = z.array(targetGroup);

/** Targets served as JSON by another program, in the shape of a target file. */
export function httpDiscovery({ client, ...deps }: HttpDiscoveryDeps, config: HttpSdConfig): PolledDiscovery {
  const url = new URL(config.url);
  const shown = withoutUser(config.url);
  let known = '';
  return new PolledDiscovery(deps, {
    kind: 'HTTP',
    intervalMs: config.refresh_interval,
    ask: async (signal) => {
      try {
        const answer = await client.get({
          url,
          headers: [
            'accept',
            'application/json',
            'accept-encoding',
            'gzip',
            'x-prometheus-refresh-interval-seconds',
            String(config.refresh_interval / 1000),
          ],
          timeoutMs: Math.min(config.refresh_interval, TIMEOUT_MAX_MS),
          timeoutName: 'http_sd_configs',
          bodyBytesMax: BODY_BYTES_MAX,
          bodyLimitName: 'limit of http_sd_configs',
          signal,
        });
        const contentType = answer.header('content-type');
        if (!/^application\/json\b/i.test(contentType))
          throw new Error(`answered with Content-Type "${contentType}" instead of application/json`);
        const text = answer.body.toString();
        if (text === known) return { targets: undefined };
        const groups = groupsSchema.parse(JSON.parse(text));
        known = text;
        return { targets: groups.flatMap((group) => expandGroup(group, { __meta_url: shown })) };
      } catch (error) {
        const reason = error instanceof z.ZodError ? z.prettifyError(error) : errorMessage(error);
        throw new Error(`${url.origin}${url.pathname}: ${reason}`, { cause: error });
      }
    },
  });
}

/** Labels are shown to everybody who may see the targets. */
function withoutUser(text: string): string {
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}
