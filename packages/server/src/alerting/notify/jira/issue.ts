import type { HttpTelling } from '../http-notifier.ts';
import { truncateRunes } from '../truncate.ts';
import type { JiraConfig } from './config.ts';
import { filledValue } from './field-values.ts';

/** Limits of Jira's fields. */
const SUMMARY_RUNES_MAX = 255;
const DESCRIPTION_RUNES_MAX = 32_767;

/** Whose issue it is: a label without blanks, as Alertmanager writes it, so that either finds the other's issues. */
export function alertLabel(groupHash: string): string {
  return `ALERT{${groupHash}}`;
}

export interface IssueParts {
  readonly config: JiraConfig;
  readonly groupHash: string;
  readonly telling: HttpTelling;
  /** An update leaves what people may have changed, where the settings say so. */
  readonly isUpdate: boolean;
}

/** Body that makes or updates an issue. Spec: developer.atlassian.com, "Issues", v2 and v3. */
export function issueJson({ config, groupHash, telling, isUpdate }: IssueParts): object {
  const { text } = telling.fill;
  const wants = ({ enable_update }: { readonly enable_update: boolean }): boolean => !isUpdate || enable_update;
  const priority = text(config.priority);
  const labels = [...config.labels.values.map(text), alertLabel(groupHash)].sort();
  const description = truncateRunes(text(config.description.template), DESCRIPTION_RUNES_MAX).text;
  return {
    fields: {
      project: { key: text(config.project) },
      issuetype: { name: text(config.issue_type) },
      ...(wants(config.summary)
        ? { summary: truncateRunes(text(config.summary.template), SUMMARY_RUNES_MAX).text }
        : {}),
      ...(wants(config.description)
        ? { description: usesDocuments(config.api_url) ? documentOf(description) : description }
        : {}),
      ...(wants(config.labels) ? { labels } : {}),
      ...(priority === '' ? {} : { priority: { name: priority } }),
      ...(filledValue(config.fields, text) as object),
    },
  };
}

/** Version 3 of the API takes Atlassian documents, version 2 wiki text. */
export function usesDocuments(apiUrl: string): boolean {
  return /\/3\/*$/.test(new URL(apiUrl).pathname);
}

/** The document that the template wrote as JSON, else a document with its text: Alertmanager fails on that one. */
function documentOf(description: string): object {
  try {
    const written: unknown = JSON.parse(description);
    if (typeof written === 'object' && written !== null && 'type' in written && written.type === 'doc') return written;
  } catch {
    // Plain text.
  }
  const paragraphs = description.split('\n').map((line) => ({
    type: 'paragraph',
    // An empty text node is refused; an empty paragraph is a blank line.
    content: line === '' ? [] : [{ type: 'text', text: line }],
  }));
  return { type: 'doc', version: 1, content: paragraphs };
}
