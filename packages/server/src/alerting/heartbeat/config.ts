import { z } from 'zod';
import { durationMs, positiveDurationMs } from '../../base/config-schema.ts';
import { atMostOne, httpConfig, isSet, problem, secretHttpUrl } from '../notify/config-parts.ts';
import { optionalText } from '../notify/settings.ts';

const INTERVAL_DEFAULT = '1m';
const TIMEOUT_DEFAULT = '10s';
/** A receiver that fails for a moment is no reason to wake somebody by another way. */
const FAILING_FOR_DEFAULT = '5m';

/** `alerting.heartbeat`: an address that hears of Vedette while all is well. */
export const heartbeatConfig = z
  .strictObject({
    /** It names the check, so that it is a secret. */
    url: secretHttpUrl.optional(),
    url_file: optionalText,
    method: z.enum(['GET', 'POST'], { error: 'must be GET or POST' }).default('GET'),
    interval: positiveDurationMs.prefault(INTERVAL_DEFAULT),
    timeout: positiveDurationMs.prefault(TIMEOUT_DEFAULT),
    /** Silence begins when a receiver has failed for so long. */
    failing_for: durationMs.prefault(FAILING_FOR_DEFAULT),
    http_config: httpConfig,
  })
  .superRefine((config, context) => {
    if (!isSet(config.url) && !isSet(config.url_file))
      problem(context, 'url', 'one of url or url_file must be configured');
    atMostOne(context, config, 'url', 'url_file');
  });

export type HeartbeatConfig = z.output<typeof heartbeatConfig>;
