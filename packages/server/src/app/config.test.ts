import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkConfiguration } from './check.ts';
import { checkRuleFile } from './check-rules.ts';
import { loadConfig } from './config.ts';
import { printConfig } from './print-config.ts';

let folder = '';
let file = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vedette-config-'));
  mkdirSync(join(folder, 'etc'));
  file = join(folder, 'etc', 'vedette.yaml');
  writeFileSync(file, 'storage: { path: kept }\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the data directory', () => {
  it('is ./data when nobody says otherwise', () => {
    expect(loadConfig({}, {}, folder).dataDir).toBe(join(folder, 'data'));
  });

  it('is storage.path, relative to the file that says so', () => {
    expect(loadConfig({ config: file }, {}, folder).dataDir).toBe(join(folder, 'etc', 'kept'));
  });

  it('is what the environment says rather than the file, and what the flag says rather than both', () => {
    expect(loadConfig({ config: file }, { dataDir: 'env' }, folder).dataDir).toBe(join(folder, 'env'));
    expect(loadConfig({ config: file, data: 'flag' }, { dataDir: 'env' }, folder).dataDir).toBe(join(folder, 'flag'));
  });
});

describe('relative certificate files', () => {
  it('start at the configuration file', () => {
    writeFileSync(file, 'http: { tls_server_config: { cert_file: tls/a.pem, key_file: /b.pem } }\n');
    expect(loadConfig({ config: file }, {}, folder).sections.http.tls_server_config).toEqual({
      cert_file: join(folder, 'etc', 'tls', 'a.pem'),
      key_file: '/b.pem',
    });
  });
});

describe('an Alertmanager file', () => {
  const TEXT = 'route: {receiver: a}\nreceivers: [{name: a}]\ntracing: {}\n';

  it('is config_file, relative to the file that says so, or what environment and flag name', () => {
    writeFileSync(file, 'alerting: { config_file: am.yml }\n');
    for (const path of [['etc', 'am.yml'], ['env.yml'], ['flag.yml']]) writeFileSync(join(folder, ...path), TEXT);
    const fileOf = (flag?: string, environment?: string) =>
      loadConfig(
        { config: file, ...(flag === undefined ? {} : { alertmanager: flag }) },
        environment === undefined ? {} : { alertmanagerFile: environment },
        folder,
      ).alertmanager;
    expect(fileOf()?.file).toBe(join(folder, 'etc', 'am.yml'));
    expect(fileOf()?.config.route.receiver).toBe('a');
    expect(fileOf(undefined, 'env.yml')?.file).toBe(join(folder, 'env.yml'));
    expect(fileOf('flag.yml', 'env.yml')?.file).toBe(join(folder, 'flag.yml'));
  });

  it('that is wrong is refused with line and remedy, and one that is not there by its name', () => {
    writeFileSync(join(folder, 'am.yml'), 'route:\n  receiver: b\nreceivers: [{name: a}]\n');
    expect(() => loadConfig({ alertmanager: 'am.yml' }, {}, folder)).toThrow(
      `${join(folder, 'am.yml')}:2:3: route.receiver: undefined receiver "b" used in route; declare it under receivers, or use one of a`,
    );
    expect(() => loadConfig({ alertmanager: 'no.yml' }, {}, folder)).toThrow('cannot read the Alertmanager file');
  });

  it('cannot stand beside a route in the file that names it', () => {
    writeFileSync(file, 'alerting: { config_file: am.yml, receivers: [{ name: a }] }\n');
    expect(() => loadConfig({ config: file }, {}, folder)).toThrow('config_file brings routes and receivers');
  });

  it('has its warnings among the others, and its name in the printed configuration', () => {
    writeFileSync(join(folder, 'am.yml'), TEXT);
    const config = loadConfig({ alertmanager: 'am.yml' }, {}, folder);
    expect(config.warnings.map(({ line, message }) => [line, message])).toEqual([
      [3, 'tracing has no effect in this version'],
    ]);
    expect(printConfig(config)).toContain(`# Alertmanager file: ${join(folder, 'am.yml')}\n`);
  });
});

describe('config print', () => {
  const printed = (text: string): string => {
    writeFileSync(file, text);
    return printConfig(loadConfig({ config: file }, {}, folder));
  };

  it('shows defaults that depend on other settings', () => {
    expect(printed('')).toMatch(/^ {2}retention: 400d$/m);
    expect(printed('storage: { tsdb: { retention: { time: 15d } } }')).toMatch(/^ {2}retention: 15d$/m);
    expect(printed('')).toMatch(/^catalog:\n( {2}.*\n)* {2}rules: true$/m);
    expect(printed('rule_files: [a.yml]')).toMatch(/^catalog:\n( {2}.*\n)* {2}rules: false$/m);
    expect(printed('')).toMatch(/^ {2}packs: \[\]$/m);
    writeFileSync(join(folder, 'cameras.csv'), 'id,main\ngate,rtsp://10.1.0.11/one\n');
    expect(printed('fleet: { inventory: { files: [cameras.csv] } }')).toMatch(/^ {2}packs:\n {4}- cameras$/m);
    expect(printed('fleet: { inventory: { files: [cameras.csv] } }\nrule_files: [a.yml]')).toMatch(
      /^ {2}packs: \[\]$/m,
    );
  });

  it('names users without the hashes of their passwords', () => {
    const hash = '$2b$10$vVWurO/D3uhKoTS58BFwLu1oCr3U4VPFKL3QuKh9Hexid.hsgEevm';
    const text = printed(`http: { basic_auth_users: { admin: "${hash}" } }`);
    expect(text).toContain('admin: <secret>');
    expect(text).not.toContain('$2b$');
  });

  it('masks passwords of remotes, also those in their addresses', () => {
    const text = printed('remote_write: [{ url: "http://me:hunter2@a" }, { url: "http://b", bearer_token: hunter3 }]');
    expect(text).toMatch(/^remote_write:\n {2}- url: http:\/\/a\//m);
    expect(text).not.toMatch(/hunter/);
  });

  it('shows nothing of sections without effect, whose secrets it could not mask', () => {
    const text = printed('remote_read: [{ url: "http://a", basic_auth: { username: u, password: hunter2 } }]');
    expect(text).not.toContain('hunter2');
    expect(text).not.toMatch(/^remote_read:/m);
  });
});

describe('checking files', () => {
  it('warns of rule files that match nothing', async () => {
    writeFileSync(file, 'rule_files: [gone.yml]\n');
    expect((await checkConfiguration(file)).warnings).toEqual(['rule_files: no file matches gone.yml']);
  });

  it('refuses a rule file that is not there', async () => {
    await expect(checkRuleFile(join(folder, 'gone.yml'))).rejects.toThrow(/there is no such file/);
  });
});
