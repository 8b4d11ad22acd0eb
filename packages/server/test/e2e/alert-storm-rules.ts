/** One alert that fires and resolves by itself: on while `(time + phase) % period < on`. Seconds. */
export interface StormAlert {
  readonly unit: string;
  /** Its group: one of its own, or one with all others of this kind. */
  readonly route: 'each' | 'together';
  readonly periodS: number;
  readonly onS: number;
  readonly phaseS: number;
  readonly forS: number;
}

export const EVALUATION_MS = 1_000;
export const GROUP_WAIT_MS = 1_000;
export const GROUP_INTERVAL_MS = 1_000;
export const REPEAT_INTERVAL_MS = 3_600_000;

/** Half of them have groups of their own; each third must hold for two seconds; the last ones never end. */
export function stormAlerts(count: number, steady: number, random: () => number): readonly StormAlert[] {
  return Array.from({ length: count + steady }, (_, i) => {
    const onS = 6 + Math.floor(random() * 14);
    const offS = 6 + Math.floor(random() * 14);
    const periodS = i < count ? onS + offS : onS;
    return {
      unit: `u${i}`,
      route: i % 2 === 0 ? 'each' : 'together',
      periodS,
      onS,
      phaseS: Math.floor(random() * periodS),
      forS: i % 3 === 0 ? 2 : 0,
    };
  });
}

export function ruleFile(alerts: readonly StormAlert[]): string {
  const rules = alerts.map(
    ({ unit, route, periodS, onS, phaseS, forS }) => `      - alert: Storm
        expr: vector((time() + ${phaseS}) % ${periodS}) < ${onS}
        for: ${forS}s
        labels: { unit: ${unit}, route: ${route} }
`,
  );
  return `groups:\n  - name: storm\n    interval: ${EVALUATION_MS}ms\n    rules:\n${rules.join('')}`;
}

export function alertmanagerFile(url: string): string {
  const timing = `group_wait: ${GROUP_WAIT_MS}ms, group_interval: ${GROUP_INTERVAL_MS}ms, repeat_interval: ${REPEAT_INTERVAL_MS}ms`;
  return `route:
  receiver: each
  routes:
    - { matchers: ['route="each"'], receiver: each, group_by: [alertname, unit], ${timing} }
    - { matchers: ['route="together"'], receiver: together, group_by: [alertname], ${timing} }
receivers:
  - { name: each, webhook_configs: [{ url: '${url}' }] }
  - { name: together, webhook_configs: [{ url: '${url}' }] }
`;
}

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
  readonly on: boolean;
}

/** When its expression holds and when not, in this time. */
export function windowsOf(alert: StormAlert, fromMs: number, toMs: number): readonly Window[] {
  const windows: Window[] = [];
  for (let atMs = fromMs; atMs < toMs;) {
    const position = (((atMs / 1000 + alert.phaseS) % alert.periodS) + alert.periodS) % alert.periodS;
    const on = position < alert.onS;
    const leftS = (on ? alert.onS : alert.periodS) - position;
    const end = Math.min(toMs, atMs + Math.max(1, Math.round(leftS * 1000)));
    const last = windows.at(-1);
    if (last?.on === on) windows[windows.length - 1] = { ...last, toMs: end };
    else windows.push({ fromMs: atMs, toMs: end, on });
    atMs = end;
  }
  return windows;
}
