import { expect, it } from 'vitest';
import { RECEIVER_KINDS } from '../notify/registry.ts';
import { inlineModel } from './inline-model.ts';
import { alertingConfigSchema } from './section.ts';

const section = (route: object) =>
  alertingConfigSchema.parse({
    route: { receiver: 'pager', ...route },
    receivers: [
      { name: 'pager', webhook_configs: [{ url: 'http://a/' }, { url: 'http://b/', send_resolved: false }] },
      { name: 'nobody' },
    ],
  });

it('the inline section is a file with one route', () => {
  const model = inlineModel(section({ group_by: ['b', 'a'], group_wait: '1s' }), RECEIVER_KINDS);
  expect(model?.route).toEqual({
    key: '{}',
    id: '{}',
    receiver: 'pager',
    matchers: [],
    continue: false,
    groupBy: ['b', 'a'],
    groupByAll: false,
    groupWaitMs: 1_000,
    groupIntervalMs: 300_000,
    repeatIntervalMs: 14_400_000,
    muteTimeIntervals: [],
    activeTimeIntervals: [],
    labels: {},
    routes: [],
  });
  expect(model?.receivers).toMatchObject([
    {
      name: 'pager',
      integrations: [
        { kind: 'webhook_configs', sendResolved: true },
        { kind: 'webhook_configs', sendResolved: false },
      ],
    },
    { name: 'nobody', integrations: [] },
  ]);
});

it("'...' groups by all labels", () => {
  expect(inlineModel(section({ group_by: ['...'] }), RECEIVER_KINDS)?.route).toMatchObject({
    groupBy: [],
    groupByAll: true,
  });
});

it('without a route there is nothing to load', () => {
  expect(inlineModel(alertingConfigSchema.parse({}), RECEIVER_KINDS)).toBeUndefined();
});
