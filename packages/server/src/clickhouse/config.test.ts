import { describe, expect, it } from 'vitest';
import { retentionMsOf, storageConfigSchema } from './config.ts';

const DAY_MS = 86_400_000;
const issues = (value: unknown): string[] =>
  (storageConfigSchema.safeParse(value).error?.issues ?? []).map(
    (issue) => `${issue.path.join('.')}: ${issue.message}`,
  );

describe('storage section', () => {
  it('may be absent: four hundred days, a gigabyte of headroom, the embedded engine', () => {
    const config = storageConfigSchema.parse(undefined);
    expect(config).toEqual({ database: 'vedette', disk_headroom: 1024 ** 3 });
    expect(retentionMsOf(config)).toBe(400 * DAY_MS);
  });

  it("takes Prometheus' own block, and its retention unless ours is given", () => {
    const tsdb = { out_of_order_time_window: '30m', retention: { time: '30d', size: '5GB' } };
    expect(retentionMsOf(storageConfigSchema.parse({ tsdb, exemplars: { max_exemplars: 5 } }))).toBe(30 * DAY_MS);
    expect(retentionMsOf(storageConfigSchema.parse({ tsdb, retention: '2d' }))).toBe(2 * DAY_MS);
    expect(issues({ tsdb: { no_such_key: 1 } })).toHaveLength(1);
  });

  it.each([
    'http://user:secret@host:8123',
    'http://host:8123/?password=x',
    'ftp://host',
    'host:8123',
    'http://host/path',
  ])('refuses %s as address of a server, naming where credentials go', (url) => {
    const [message, ...more] = issues({ url });
    expect(message).toContain('storage.password_file');
    expect(message).not.toContain('secret');
    expect(more).toEqual([]);
  });

  it('refuses credentials without a server, and two passwords', () => {
    expect(issues({ username: 'a' })[0]).toContain('without storage.url');
    expect(issues({ url: 'http://h:8123', password: 'a', password_file: 'b' })[0]).toContain('not both');
    expect(issues({ url: 'https://clickhouse.example:8443', username: 'a', password_file: 'b' })).toEqual([]);
  });

  it('refuses a retention of nothing', () => {
    expect(issues({ retention: '0s' })).toHaveLength(1);
    expect(issues({ retention: 'forever' })).toHaveLength(1);
  });
});
