import type { UnixMs } from '../../base/clock.ts';
import { Labels } from '../../model/labels.ts';
import { fingerprint } from '../fingerprint.ts';
import { type Notification, createNotification } from '../notify/notification.ts';

const LABELS = Labels.fromObject({ alertname: 'VedetteTest', severity: 'info' });
/** The same each time: a test that says "resolved" closes the ticket that the one before has opened. */
const GROUP_KEY = '{}:{alertname="VedetteTest"}';

/** The notification that is sent when someone tries a receiver. */
export function testMessage(receiver: string, resolved: boolean, externalUrl: string, at: UnixMs): Notification {
  return createNotification({
    receiver,
    alerts: [
      {
        labels: LABELS,
        annotations: {
          summary: 'Test notification of Vedette',
          description: 'Somebody tries this receiver. Nothing is wrong.',
        },
        value: undefined,
        startsAtMs: at,
        endsAtMs: at,
        resolved,
        generatorUrl: externalUrl,
        fingerprint: fingerprint(LABELS),
      },
    ],
    groupKey: GROUP_KEY,
    groupLabels: Labels.fromObject({ alertname: 'VedetteTest' }),
    routeLabels: {},
    externalUrl,
  });
}
