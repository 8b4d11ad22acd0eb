import { describe, expect, it } from 'vitest';
import { deviceWords } from './device.tsx';

const told = (metric: Record<string, string>) =>
  deviceWords({ resultType: 'vector', result: [{ metric, value: [0, '1'] }] });

describe('what a device says it is', () => {
  it('is one line of maker, model and firmware', () => {
    expect(told({ manufacturer: 'Acme', model: 'Dome 4', firmware: '1.2.3' })).toBe('Acme Dome 4 firmware 1.2.3');
  });

  it('leaves out what it does not say', () => {
    expect(told({ manufacturer: '', model: 'Dome 4' })).toBe('Dome 4');
    expect(deviceWords({ resultType: 'vector', result: [] })).toBe('');
  });
});
