import { z } from 'zod';
import { durationMs } from '../../../base/config-schema.ts';
import type { AlertmanagerGlobal } from '../../config/model.ts';
import { httpConfigOf, problem } from '../config-parts.ts';
import { httpReceiver, text, url } from '../settings.ts';

/** A text, or a text that an update leaves as people have changed it. */
const field = (template: string) =>
  z
    .union([text, z.strictObject({ template: text.default(template), enable_update: z.boolean().default(true) })], {
      error: 'must be a text, or `template` with `enable_update`',
    })
    .transform((value) => (typeof value === 'string' ? { template: value, enable_update: true } : value))
    .prefault(template);

const labels = z
  .union([
    z.array(text),
    z.strictObject({ values: z.array(text).default([]), enable_update: z.boolean().default(true) }),
    z.null(),
  ])
  .transform((value) => (value === null || Array.isArray(value) ? { values: value ?? [], enable_update: true } : value))
  .prefault([]);

/** One entry of `jira_configs`. */
export const jiraConfig = (global: AlertmanagerGlobal) =>
  z
    .strictObject({
      ...httpReceiver(true),
      /** Of the REST API with its version: `https://company.atlassian.net/rest/api/2/`. */
      api_url: url.optional(),
      api_type: text
        .pipe(
          z.enum(['auto', 'cloud', 'datacenter'], {
            error: 'unknown api_type on jira_config, must be auto, cloud or datacenter',
          }),
        )
        .default('auto'),
      project: text.default(''),
      summary: field('{{ template "jira.default.summary" . }}'),
      description: field('{{ template "jira.default.description" . }}'),
      labels,
      priority: text.default('{{ template "jira.default.priority" . }}'),
      issue_type: text.default(''),
      reopen_transition: text.default(''),
      resolve_transition: text.default(''),
      wont_fix_resolution: text.default(''),
      /** Milliseconds; 0 reopens nothing. */
      reopen_duration: durationMs.prefault('0s'),
      /** Further fields, with templates in every text. */
      fields: z
        .record(z.string(), z.unknown())
        .nullish()
        .transform((fields) => fields ?? {}),
    })
    .superRefine((config, context) => {
      if (config.project === '') problem(context, 'project', 'missing project in jira_config');
      if (config.issue_type === '') problem(context, 'issue_type', 'missing issue_type in jira_config');
      if (config.api_url === undefined && global.jira_api_url === undefined)
        problem(context, 'api_url', 'no global Jira Cloud URL set');
    })
    .transform((config) => ({
      ...config,
      api_url: config.api_url ?? global.jira_api_url ?? '',
      http_config: httpConfigOf(config.http_config, global),
    }));

export type JiraConfig = z.output<ReturnType<typeof jiraConfig>>;
