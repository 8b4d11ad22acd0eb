import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VedetteError } from '../base/errors.ts';
import { findJsonFault } from './json-fault.ts';
import { readDocument, uidOf } from './read-document.ts';

const CONFIG_MAP = `apiVersion: v1
kind: ConfigMap
metadata:
  name: boards
  labels:
    grafana_dashboard: "1"
data:
  one.json: |
    { "dashboard": { "title": "One", "panels": [] } }
  notes.txt: not a dashboard
`;

describe('a dashboard file', () => {
  it('keeps the text byte for byte', () => {
    const text = ' {"panels" : [ ],\t"x": 1e2}\n';
    expect(readDocument(text, 'a/b-c.json').dashboards).toEqual([
      { json: { panels: [], x: 100 }, text, format: 'json', place: 'a/b-c.json', titleHint: 'B c' },
    ]);
  });

  it('may be YAML', () => {
    const [found] = readDocument('panels:\n  - title: a\n    query: up\n', 's4-live_view.yaml').dashboards;
    expect(found).toMatchObject({
      format: 'yaml',
      titleHint: 'S4 live view',
      json: { panels: [{ title: 'a', query: 'up' }] },
    });
  });

  it('may be a ConfigMap, whose entry is the document', () => {
    const [found] = readDocument(CONFIG_MAP, 'map.yaml').dashboards;
    expect(found).toMatchObject({
      place: 'map.yaml#one.json',
      text: '{ "dashboard": { "title": "One", "panels": [] } }\n',
      format: 'json',
    });
  });

  it('may name providers, by itself or inside Helm values', () => {
    const providers = 'apiVersion: 1\nproviders:\n  - folder: F\n    options: { path: boards }\n';
    const nested = `dashboardproviders.yaml:\n${providers.replaceAll(/^/gm, '  ')}`;
    for (const text of [providers, nested]) {
      expect(readDocument(text, 'p.yaml').providers).toEqual([{ path: 'boards', folder: 'F' }]);
    }
  });

  it.each([
    ['{"panels": [1,]}', 'f.json:1:15', 'expected a value'],
    ['{"panels": [\n  {"a" 1}\n]}', 'f.json:2:8', 'expected ":"'],
    ['{"panels": [', 'f.json:1:13', 'the text ends where'],
    ['{"a": "x\ny"}', 'f.json:1:7', 'not closed'],
    ['{"panels": []} x', 'f.json:1:16', 'after the end'],
    ['{"title": "no panels"}', 'f.json:1:1', 'no "panels"'],
  ])('with the fault %j names the place', (text, place, words) => {
    expect(() => readDocument(text, 'f.json')).toThrow(
      expect.objectContaining({
        code: 'DASHBOARD_INVALID',
        message: expect.stringMatching(new RegExp(`^${place}.*${words}`)),
      }),
    );
  });

  it('names the place of a fault in YAML and in a ConfigMap', () => {
    expect(() => readDocument('panels:\n\t- a\n', 'f.yaml')).toThrow('f.yaml:2:1');
    expect(() => readDocument(CONFIG_MAP.replace('"One"', 'One'), 'map.yaml')).toThrow('map.yaml:8:3: data.one.json');
    expect(() => readDocument('a: 1\n', 'f.yaml')).toThrow('there is no dashboard in this file');
  });

  it('of schema v2 is refused by that name, in JSON and in YAML', () => {
    const resource = '{"kind":"Dashboard","spec":{"title":"x","elements":{},"layout":{}}}';
    for (const path of ['f.json', 'f.yaml']) {
      const text = path.endsWith('json') ? resource : 'spec:\n  elements: {}\n';
      expect(() => readDocument(text, path)).toThrow('schema v2');
    }
  });

  it('over the size limit is refused before it is parsed', () => {
    expect(() => readDocument(`{"panels":[],"x":"${'y'.repeat(4 * 1024 * 1024)}"}`, 'f.json')).toThrow(
      'at most 4194304',
    );
  });

  it('of any text is read or refused with a VedetteError', () => {
    const pieces = [
      '[',
      '{"a":',
      '- ',
      '? ',
      '- "x" ',
      "? 'x' ",
      '- &a ',
      '-\t',
      '{a: [',
      ': ',
      '-\n',
      'a: ',
      '*a ',
      '? "k": ',
    ];
    const repeated = fc.constantFrom(...pieces).map((part) => `a:\n ${part.repeat(5_000)}`);
    const stairs = fc
      .constantFrom('-\n', 'k:\n', '? k\n')
      .map((part) => Array.from({ length: 1_500 }, (_, i) => ' '.repeat(i) + part).join(''));
    const text = fc.oneof(fc.string(), repeated, stairs, fc.json());
    fc.assert(
      fc.property(text, fc.constantFrom('a.json', 'a.yaml'), (content, path) => {
        try {
          readDocument(content, path);
        } catch (error) {
          expect(error).toBeInstanceOf(VedetteError);
        }
      }),
    );
  });
});

describe('the fault finder', () => {
  it('finds none in what JSON.parse accepts, and one in what it refuses', () => {
    const mutated = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '0', '\\', '\n', 'x'))
      .map(([json, at, insert]) => {
        const i = at % (json.length + 1);
        return json.slice(0, i) + insert + json.slice(i + 1);
      });
    fc.assert(
      fc.property(fc.oneof(fc.json(), mutated), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        expect(findJsonFault(text) === undefined).toBe(valid);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the uid', () => {
  it('is the given one when a URL can carry it', () => {
    expect(uidOf({ uid: 'abc_D-9' }, 'T', 'p')).toBe('abc_D-9');
    expect(uidOf({ uid: '../x' }, 'T', 'p')).toMatch(/^t-[0-9a-f]{8}$/);
  });

  it('is otherwise made of title and place, always the same', () => {
    const uid = uidOf({}, 'ITS Analytics – Overview', 'boards/a.json');
    expect(uid).toMatch(/^its-analytics-overview-[0-9a-f]{8}$/);
    expect(uidOf({}, 'ITS Analytics – Overview', 'boards/a.json')).toBe(uid);
    expect(uidOf({}, 'ITS Analytics – Overview', 'boards/b.json')).not.toBe(uid);
    expect(uidOf({}, '仪表板', 'p')).toMatch(/^[0-9a-f]{8}$/);
  });
});
