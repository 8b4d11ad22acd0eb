import { z } from 'zod';
import { durationMs } from '../../base/config-schema.ts';
import { headerFault, tlsConfig } from '../../base/http-client/index.ts';

const ENDPOINT_MISSING = 'tracing endpoint must be set; write it as localhost:4317';

/** The section `tracing` with Prometheus's names. */
export const tracingSchema = z
  .strictObject({
    client_type: z.enum(['grpc', 'http'], { error: 'must be grpc or http' }).optional(),
    endpoint: z.string({ error: ENDPOINT_MISSING }).min(1, { error: ENDPOINT_MISSING }),
    sampling_fraction: z.number().optional(),
    insecure: z.boolean().optional(),
    tls_config: tlsConfig.optional(),
    headers: z.record(z.string(), z.string()).optional(),
    compression: z.enum(['', 'gzip'], { error: 'must be gzip; without the key nothing is compressed' }).optional(),
    timeout: durationMs.optional(),
  })
  .superRefine((tracing, context) => {
    for (const name of Object.keys(tracing.headers ?? {})) {
      const message = headerFault(name, 'a custom authorization header is not supported; remove it');
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: ['headers', name] });
    }
  })
  .optional();
