import type { UnixMs } from '../../base/clock.ts';
import type { Labels } from '../../model/labels.ts';
import { matchesAll } from '../../model/matcher.ts';
import { isResolved } from '../alert-store.ts';
import type { InhibitRule } from '../config/model.ts';
import type { MuteReason } from '../mute-reason.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Muter } from '../pipeline/stage.ts';

/**
 * Keeps alerts quiet that others explain. Hears of every alert; answers from an index by the labels that must be equal, so that a
 * question costs the same however many alerts there are. Source: Alertmanager documentation, `<inhibit_rule>`.
 */
export class Inhibitor implements Muter {
  readonly #rules: readonly IndexedRule[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules.map((rule) => new IndexedRule(rule));
  }

  /** An alert that arrived; its newest state counts. */
  insert(alert: GroupAlert, at: UnixMs): void {
    for (const rule of this.#rules) rule.insert(alert, at);
  }

  mutedBy(labels: Labels, at: UnixMs): MuteReason | undefined {
    for (const rule of this.#rules) {
      const source = rule.sourceFor(labels, at);
      if (!source) continue;
      return { by: 'inhibition', ids: [source.fingerprint], text: `is explained by ${source.labels.toString()}` };
    }
    return undefined;
  }

  /** Forgets alerts that ended. */
  collect(at: UnixMs): void {
    for (const rule of this.#rules) rule.collect(at);
  }

  /** For each rule, the alerts that fire and match its source. */
  firingSources(at: UnixMs): readonly number[] {
    return this.#rules.map((rule) => rule.count(at));
  }
}

/** Source alerts with the same values of the equal labels, by label set. */
type Bucket = Map<string, GroupAlert>;

class IndexedRule {
  readonly #rule: InhibitRule;
  /** Sources that do not match the target side: they inhibit whatever matches it. */
  readonly #oneSided = new Map<string, Bucket>();
  /** Sources that match both sides: they do not inhibit what matches both sides as well, and so never themselves. */
  readonly #twoSided = new Map<string, Bucket>();

  constructor(rule: InhibitRule) {
    this.#rule = rule;
  }

  insert(alert: GroupAlert, at: UnixMs): void {
    const { source, target } = this.#rule;
    if (!matchesAll(source, alert.labels)) return;
    const index = matchesAll(target, alert.labels) ? this.#twoSided : this.#oneSided;
    const key = this.#equalKey(alert.labels);
    const bucket = index.get(key);
    if (isResolved(alert, at)) {
      bucket?.delete(alert.labels.key);
      if (bucket?.size === 0) index.delete(key);
    } else if (bucket) {
      bucket.set(alert.labels.key, alert);
    } else {
      index.set(key, new Map([[alert.labels.key, alert]]));
    }
  }

  sourceFor(labels: Labels, at: UnixMs): GroupAlert | undefined {
    const { source, target } = this.#rule;
    if (!matchesAll(target, labels)) return undefined;
    const key = this.#equalKey(labels);
    const found = firstFiring(this.#oneSided.get(key), at);
    if (found || matchesAll(source, labels)) return found;
    return firstFiring(this.#twoSided.get(key), at);
  }

  collect(at: UnixMs): void {
    for (const index of [this.#oneSided, this.#twoSided]) {
      for (const [key, bucket] of index) {
        for (const [labelsKey, alert] of bucket) if (isResolved(alert, at)) bucket.delete(labelsKey);
        if (bucket.size === 0) index.delete(key);
      }
    }
  }

  count(at: UnixMs): number {
    let count = 0;
    for (const index of [this.#oneSided, this.#twoSided]) {
      for (const bucket of index.values()) for (const alert of bucket.values()) if (!isResolved(alert, at)) count++;
    }
    return count;
  }

  /** A label that is not there equals one that is empty. Lengths keep values apart. */
  #equalKey(labels: Labels): string {
    let key = '';
    for (const name of this.#rule.equal) {
      const value = labels.get(name);
      key += `${value.length}:${value}`;
    }
    return key;
  }
}

/** Those met on the way that ended by themselves are forgotten. */
function firstFiring(bucket: Bucket | undefined, at: UnixMs): GroupAlert | undefined {
  if (!bucket) return undefined;
  for (const [key, alert] of bucket) {
    if (!isResolved(alert, at)) return alert;
    bucket.delete(key);
  }
  return undefined;
}
