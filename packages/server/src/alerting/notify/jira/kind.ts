import type { ReceiverKind } from '../receiver-kind.ts';
import { type JiraConfig, jiraConfig } from './config.ts';
import { jiraNotifier } from './jira.ts';

export const JIRA: ReceiverKind<JiraConfig> = {
  key: 'jira_configs',
  integration: 'jira',
  schema: jiraConfig,
  open: jiraNotifier,
};
