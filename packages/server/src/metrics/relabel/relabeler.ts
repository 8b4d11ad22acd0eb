import { createHash } from 'node:crypto';
import { literalAlternatives } from '../../model/matcher.ts';
import { Labels } from '../../model/labels.ts';
import { DEFAULT_REGEX, type RelabelConfig, compileRelabelRegex } from './config.ts';
import { compileTemplate } from './expand.ts';

/** Changes the labels in place; false when the rule drops them. */
type Step = (labels: Map<string, string>) => boolean;

/** Compiled relabelling rules, applied in order. */
export class Relabeler {
  static readonly NONE: Relabeler = new Relabeler([]);
  readonly #steps: readonly Step[];

  constructor(configs: readonly RelabelConfig[]) {
    this.#steps = configs.map(compileStep);
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }

  /** Changes the labels in place; false when a rule dropped them. Labels with an empty value count as absent. */
  apply(labels: Map<string, string>): boolean {
    for (const step of this.#steps) if (!step(labels)) return false;
    return true;
  }

  /** The relabelled set, or undefined when a rule dropped it. */
  relabel(labels: Labels): Labels | undefined {
    if (this.isEmpty) return labels;
    const map = labels.toMap();
    return this.apply(map) ? Labels.fromMap(map) : undefined;
  }
}

function compileStep(config: RelabelConfig): Step {
  const joined = sourceJoiner(config);
  const target = config.target_label;
  const pattern = compileRelabelRegex(config.regex);
  switch (config.action) {
    case 'keep': {
      const test = compileTest(config.regex);
      return (labels) => test(joined(labels));
    }
    case 'drop': {
      const test = compileTest(config.regex);
      return (labels) => !test(joined(labels));
    }
    case 'keepequal':
      return (labels) => (labels.get(target) ?? '') === joined(labels);
    case 'dropequal':
      return (labels) => (labels.get(target) ?? '') !== joined(labels);
    case 'replace':
      return replaceStep(config, joined);
    case 'lowercase':
      return (labels) => put(labels, target, joined(labels).toLowerCase());
    case 'uppercase':
      return (labels) => put(labels, target, joined(labels).toUpperCase());
    case 'hashmod': {
      const modulus = BigInt(config.modulus);
      return (labels) => put(labels, target, String(hashOf(joined(labels)) % modulus));
    }
    case 'labelmap': {
      const replacement = compileTemplate(config.replacement);
      return (labels) => {
        // A copy: the new labels must not be mapped again.
        for (const [name, value] of Array.from(labels)) {
          if (value === '') continue;
          const matcher = pattern.matcher(name);
          if (matcher.find()) put(labels, replacement.expand(matcher), value);
        }
        return true;
      };
    }
    case 'labeldrop':
    case 'labelkeep': {
      const test = compileTest(config.regex);
      const dropWhen = config.action === 'labeldrop';
      return (labels) => {
        for (const name of labels.keys()) if (test(name) === dropWhen) labels.delete(name);
        return true;
      };
    }
  }
}

function replaceStep(config: RelabelConfig, joined: (labels: ReadonlyMap<string, string>) => string): Step {
  const target = compileTemplate(config.target_label);
  const replacement = compileTemplate(config.replacement);
  const targetLiteral = target.literal;
  const replacementLiteral = replacement.literal;
  // Without references the regular expression only decides whether to act.
  if (targetLiteral !== undefined && replacementLiteral !== undefined) {
    const test = compileTest(config.regex);
    return (labels) => (test(joined(labels)) ? put(labels, targetLiteral, replacementLiteral) : true);
  }
  // The default rule copies the joined value as it is.
  if (config.regex === DEFAULT_REGEX && targetLiteral !== undefined && config.replacement === '$1') {
    return (labels) => put(labels, targetLiteral, joined(labels));
  }
  const pattern = compileRelabelRegex(config.regex);
  return (labels) => {
    const matcher = pattern.matcher(joined(labels));
    if (!matcher.find()) return true;
    const name = target.expand(matcher);
    return name === '' ? true : put(labels, name, replacement.expand(matcher));
  };
}

function put(labels: Map<string, string>, name: string, value: string): true {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
  return true;
}

function sourceJoiner({
  source_labels: names,
  separator,
}: RelabelConfig): (labels: ReadonlyMap<string, string>) => string {
  if (names.length === 0) return () => '';
  if (names.length === 1) {
    const name = names[0] as string;
    return (labels) => labels.get(name) ?? '';
  }
  return (labels) => names.map((name) => labels.get(name) ?? '').join(separator);
}

/** A yes-or-no test; `.*` and plain alternatives, the common rules, need no regular expression. */
function compileTest(regex: string): (value: string) => boolean {
  if (regex === DEFAULT_REGEX || regex === '.*') return () => true;
  if (regex === '.+' || regex === '(.+)') return (value) => value !== '';
  const literals = literalAlternatives(regex);
  if (literals) {
    const set = new Set(literals);
    return (value) => set.has(value);
  }
  const pattern = compileRelabelRegex(regex);
  return (value) => pattern.matcher(value).find();
}

/** The last 8 bytes of the MD5 as a big-endian number: Prometheus's choice, so that shards agree with its own. */
function hashOf(text: string): bigint {
  return createHash('md5').update(text).digest().readBigUInt64BE(8);
}
