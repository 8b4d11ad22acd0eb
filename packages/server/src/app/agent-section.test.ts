import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAgentConfig } from './agent-section.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-agent-section-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(yaml: string, data?: string): ReturnType<typeof loadAgentConfig> {
  writeFileSync(join(folder, 'site.yaml'), yaml);
  return loadAgentConfig({ config: 'site.yaml', ...(data === undefined ? {} : { data }) }, folder);
}

const LEAST = 'agent: { site: north }\nremote_write: [{ url: "http://127.0.0.1:9600/api/v1/write" }]\n';

describe('site.yaml', () => {
  it('needs a site and a remote; everything else has a default', () => {
    const config = load(LEAST);
    expect(config).toMatchObject({ name: hostname(), site: 'north', dataDir: join(folder, 'agent-data') });
    expect(config.sections.global.external_labels).toEqual({ agent: hostname(), site: 'north' });
    expect(config.sections.http.listen).toEqual({ host: '127.0.0.1', port: 9602 });
    expect(load(LEAST, 'elsewhere').dataDir).toBe(join(folder, 'elsewhere'));
    expect(load('global: { external_labels: { region: eu } }\n' + LEAST).sections.global.external_labels).toEqual({
      region: 'eu',
      agent: hostname(),
      site: 'north',
    });
  });

  it.each([
    ['', 'is empty'],
    ['agent: { site: north }\n', 'site.yaml:1'],
    ['agent: { site: north }\n', 'an agent needs a remote to send to'],
    ['remote_write: [{ url: "http://a/" }]\n', 'agent'],
    ['agent: { site: north }\nremote_write: [{ url: "vedette.example" }]\n', 'no http:// or https://'],
    [`${LEAST}global: { external_labels: { site: south } }\n`, 'site is set by agent.site'],
    [`${LEAST}rule_files: [a.yml]\n`, 'rule_files'],
    [`${LEAST}---\n${LEAST}`, 'a second document'],
  ])('says what is wrong with %j', (yaml, message) => {
    expect(() => load(yaml)).toThrow(message);
  });

  it('that is not there is named', () => {
    expect(() => loadAgentConfig({ config: 'nothing.yaml' }, folder)).toThrow('nothing.yaml');
  });
});
