/** Seconds that are far enough apart to tell events from one another on a busy machine: flushes at 1, 4, 7, 10, … */
export const TIMING = 'group_wait: 1s, group_interval: 3s, repeat_interval: 1m';

/** The section with one webhook per name. */
export function receivers(...names: readonly string[]): string {
  const each = names.map(
    (name) => `  - {name: ${name}, webhook_configs: [{url: 'http://HOOK/${name}', send_resolved: true}]}`,
  );
  return `receivers:\n${each.join('\n')}\n`;
}

/** One route for all, grouped by alertname. */
export function oneRoute(timing: string = TIMING): string {
  return `route: {receiver: ops, group_by: [alertname], ${timing}}\n${receivers('ops')}`;
}
