import { ALLOWED_NETWORKS_DEFAULT, PROBING_DEFAULTS } from '@vedette/agent';
import { describe, expect, it } from 'vitest';
import { configSchema } from './config-schema.ts';
import { probingOptions } from './fleet-cameras.ts';

describe('fleet', () => {
  it('has the defaults of the probing itself', () => {
    const { fleet } = configSchema.parse({});
    expect(probingOptions(fleet.probes)).toEqual(PROBING_DEFAULTS);
    expect(fleet.allowed_networks).toEqual(ALLOWED_NETWORKS_DEFAULT);
  });

  it.each([
    [{ probes: { failures_to_down: 1 } }, 'one lost probe is no outage'],
    [{ allowed_networks: ['everywhere'] }, 'must be a network'],
    [{ probes: { interval: '0s' } }, 'greater than zero'],
    [{ probes: { bytes_per_second: 10 } }, 'at least 1KB'],
    [{ probe: {} }, 'probe'],
  ])('refuses %j', (fleet, message) => {
    const result = configSchema.safeParse({ fleet });
    expect(result.success).toBe(false);
    expect(JSON.stringify(result.error?.issues)).toContain(message);
  });
});
