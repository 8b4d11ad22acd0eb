import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { VedetteError, errorMessage, isVedetteError } from '../../../base/errors.ts';
import { filesOf } from '../../../base/glob.ts';
import { TemplateSet, alertmanagerFunctions, alertmanagerHtmlFunctions } from '../../../template/index.ts';
import { DEFAULT_EMAIL } from './default-email.ts';
import { DEFAULT_TEMPLATES } from './default-templates.ts';
import { NotificationTemplates } from './notification-templates.ts';

/** Files of all globs together. */
export const TEMPLATE_FILES_MAX = 1_000;

/**
 * The default templates, and over them those of the globs (absolute), in the order of the globs and of the files' names: later ones
 * replace earlier ones of the same name. A glob that matches nothing is no fault. Throws CONFIG_INVALID with file, line and column for a
 * file that is no template, CONFIG_UNREADABLE for one that cannot be read.
 */
export async function loadNotificationTemplates(
  globs: readonly string[],
  clock: Pick<Clock, 'now' | 'monotonicMs'>,
): Promise<NotificationTemplates> {
  const text = new TemplateSet({ functions: alertmanagerFunctions(), clock });
  const html = new TemplateSet({ functions: alertmanagerHtmlFunctions(), clock });
  for (const set of [text, html]) {
    set.add('default.tmpl', DEFAULT_TEMPLATES);
    set.add('email.tmpl', DEFAULT_EMAIL);
  }
  for (const file of await templateFiles(globs)) {
    const content = await readTemplate(file);
    try {
      for (const set of [text, html]) set.add(basename(file), content);
    } catch (error) {
      if (!isVedetteError(error, 'TEMPLATE_INVALID')) throw error;
      const { line = 1, column = 1, reason = error.message } = error.details as Fault;
      throw new VedetteError('CONFIG_INVALID', `${file}:${line}:${column}: ${reason}`, { cause: error });
    }
  }
  return new NotificationTemplates(text, { html, clock });
}

interface Fault {
  readonly line?: number;
  readonly column?: number;
  readonly reason?: string;
}

/** Each once, where it is named first. */
async function templateFiles(globs: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const glob of globs) for (const file of await filesOf(glob)) files.add(file);
  if (files.size > TEMPLATE_FILES_MAX)
    throw new VedetteError(
      'CONFIG_INVALID',
      `templates: the globs match ${files.size} files, at most ${TEMPLATE_FILES_MAX} are read; name a narrower folder`,
    );
  return [...files];
}

async function readTemplate(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new VedetteError('CONFIG_UNREADABLE', `the template file ${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
