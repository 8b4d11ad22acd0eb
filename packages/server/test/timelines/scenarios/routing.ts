import type { Scenario } from '../scenario.ts';
import { TIMING, receivers } from './config.ts';

const TREE: Scenario = {
  name: 'routes with continue, inheritance and all kinds of matchers',
  config: `
route:
  receiver: default
  group_by: [alertname]
  ${TIMING.replaceAll(', ', '\n  ')}
  routes:
    - {receiver: archive, continue: true, group_by: ['...']}
    - match_re: {service: camera|recorder}
      receiver: video
      group_by: [site, service]
      routes:
        - match: {severity: critical}
          receiver: pager
          continue: true
          group_wait: 2s
        - matchers: ['severity=~"critical|high"', 'site!=""']
          receiver: desk
    - matchers: ['owner=""', 'severity!~"info|debug"']
      receiver: nobody
${receivers('default', 'archive', 'video', 'pager', 'desk', 'nobody')}`,
  steps: [
    { atS: 0, fire: [{ alertname: 'A', service: 'camera', severity: 'critical', site: 'n"1' }] },
    { atS: 0, fire: [{ alertname: 'B', service: 'recorder', severity: 'high' }] },
    { atS: 0, fire: [{ alertname: 'C', service: 'cameras', severity: 'warning' }] },
    { atS: 0, fire: [{ alertname: 'D', owner: 'me', severity: 'warning' }] },
    { atS: 0, fire: [{ alertname: 'E', severity: 'info', text: 'ä\t' }] },
    { atS: 5.5, resolve: [{ alertname: 'A', service: 'camera', severity: 'critical', site: 'n"1' }] },
  ],
  endS: 10,
};

const HOURS: Scenario = {
  name: 'mute and active time intervals',
  config: `
route:
  receiver: default
  group_by: [alertname]
  ${TIMING.replaceAll(', ', '\n  ')}
  routes:
    - {matchers: [r="muted"], receiver: muted, mute_time_intervals: [always]}
    - {matchers: [r="unmuted"], receiver: unmuted, mute_time_intervals: [never]}
    - {matchers: [r="active"], receiver: active, active_time_intervals: [never, always]}
    - {matchers: [r="inactive"], receiver: inactive, active_time_intervals: [never]}
    - {matchers: [r="both"], receiver: both, active_time_intervals: [always], mute_time_intervals: [always]}
time_intervals:
  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}], days_of_month: ['1:-1']}]}
  - {name: never, time_intervals: [{years: ['2000'], months: ['january:march']}]}
${receivers('default', 'muted', 'unmuted', 'active', 'inactive', 'both')}`,
  steps: [
    {
      atS: 0,
      fire: ['muted', 'unmuted', 'active', 'inactive', 'both'].map((r) => ({ alertname: 'A', r })),
    },
    { atS: 5.5, resolve: ['muted', 'active'].map((r) => ({ alertname: 'A', r })) },
  ],
  endS: 9,
};

export const ROUTING: readonly Scenario[] = [TREE, HOURS];
