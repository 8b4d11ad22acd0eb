import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';
import { checkHttpClient, headerFault, httpClientShape } from '../../base/http-client/index.ts';

/** The section `remote_read` with Prometheus's names. */

const remote = z
  .strictObject(
    {
      url: z
        .string({ error: 'url for remote_read is empty' })
        .min(1, { error: 'url for remote_read is empty' })
        .refine((url) => !/^https?:/i.test(url) || URL.canParse(url), { error: 'not a valid URL' }),
      name: z.string().optional(),
      remote_timeout: positiveDurationMs.optional(),
      headers: z.record(z.string(), z.string()).optional(),
      read_recent: z.boolean().optional(),
      required_matchers: z
        .record(z.string(), z.string())
        .refine((matchers) => !Object.hasOwn(matchers, ''), { error: 'a label name must not be empty' })
        .optional(),
      filter_external_labels: z.boolean().optional(),
      chunked_read_limit: z
        .number()
        .int({ error: 'must be a whole number of bytes' })
        .min(0, { error: 'cannot be negative' })
        .optional(),
      ...httpClientShape,
    },
    {
      error: (issue) =>
        issue.code === 'invalid_type'
          ? 'empty or null remote read config section; write its keys or remove the dash'
          : undefined,
    },
  )
  .superRefine((config, context) => {
    checkHttpClient(config, context);
    for (const name of Object.keys(config.headers ?? {})) {
      const message = headerFault(
        name,
        'authorization header must be changed via the basic_auth, authorization or oauth2 parameter',
      );
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: ['headers', name] });
    }
  });

export const remoteReadSchema = z
  .array(remote)
  .superRefine((configs, context) => {
    const names = new Set<string>();
    for (const [i, { name = '' }] of configs.entries()) {
      if (name === '') continue;
      if (names.has(name))
        context.addIssue({
          code: 'custom',
          path: [i, 'name'],
          message: `found multiple remote read configs with name "${name}"; give each its own name`,
        });
      names.add(name);
    }
  })
  .optional();
