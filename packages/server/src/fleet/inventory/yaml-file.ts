import { nearest } from '../../base/yaml-source.ts';
import { type Layer, LAYER_KEYS, composed, filledId, layerOf } from './entry-layers.ts';
import { type ReadContext, idFault, isAbsent, isMapping, scalarText, shown } from './written-value.ts';
import { NAMED_MAX, ROWS_MAX, ROW_LENGTH_MAX } from './limits.ts';
import { type PlainYaml, readPlainYaml } from './plain-yaml.ts';
import { FileProblems, type ReadEntry, type ReadInventory, ReadingTurns } from './read-inventory.ts';
import { timeIntervalSchema } from '../../alerting/config/time-interval-section.ts';

/** Rows of a CSV file that a group names, as layers of their own; faults are told to `problems`. */
export type ReadRows = (file: string, problems: FileProblems, context: ReadContext) => Promise<readonly FileRow[]>;

export interface FileRow {
  readonly id: string | undefined;
  readonly layer: Layer;
  readonly template: string | undefined;
  /** `north.csv:12` */
  readonly place: string;
}

const TOP_KEYS = ['defaults', 'templates', 'schedules', 'groups', 'cameras'];
const CAMERA_KEYS: ReadonlySet<string> = LAYER_KEYS;
const GROUP_KEYS: ReadonlySet<string> = new Set([...LAYER_KEYS, 'range', 'count', 'cameras', 'csv']);

/**
 * An inventory in YAML: `cameras` (a list, or a mapping from id), `defaults` for all of them, `templates` that a camera or group names,
 * `groups` of alike cameras, `schedules` by name. Never throws: what is wrong is a problem with its line, and costs its camera at most.
 */
export async function readYamlFile(
  text: string,
  file: string,
  given: ReadContext,
  rows: ReadRows,
): Promise<ReadInventory> {
  const problems = new FileProblems(file);
  const yaml = readPlainYaml(text);
  for (const fault of yaml.faults) problems.add(fault.line, fault.message, 'the entry around it is left out');
  return new YamlInventory(yaml, problems, given, rows).read();
}

class YamlInventory {
  readonly #yaml: PlainYaml;
  readonly #problems: FileProblems;
  readonly #rows: ReadRows;
  readonly #entries: ReadEntry[] = [];
  readonly #turns = new ReadingTurns();
  readonly #templates = new Map<string, Layer>();
  #context: ReadContext;
  #defaults: Layer | undefined;
  #defaultTemplate: unknown;
  #isFull = false;

  constructor(yaml: PlainYaml, problems: FileProblems, context: ReadContext, rows: ReadRows) {
    this.#yaml = yaml;
    this.#problems = problems;
    this.#context = context;
    this.#rows = rows;
  }

  async read(): Promise<ReadInventory> {
    const { value } = this.#yaml;
    // A list alone is the cameras.
    const top = Array.isArray(value) ? { cameras: value } : isMapping(value) ? value : {};
    if (value !== undefined && value !== '' && !Array.isArray(value) && !isMapping(value))
      this.#problems.add(1, 'not an inventory', 'begin it with "cameras:" and a list below');
    for (const key of Object.keys(top)) {
      if (TOP_KEYS.includes(key)) continue;
      const near = nearest(key, TOP_KEYS);
      this.#problems.add(
        this.#line(top, key),
        `unknown key "${shown(key)}"`,
        near === undefined ? `known keys here: ${TOP_KEYS.join(', ')}` : `did you mean "${near}"?`,
      );
    }
    this.#schedules(top);
    this.#readDefaults(top);
    this.#readTemplates(top);
    await this.#cameras(top, 'cameras', undefined, undefined);
    await this.#groups(top);
    return { entries: this.#entries, problems: this.#problems.kept, problemCount: this.#problems.count };
  }

  #schedules(top: Readonly<Record<string, unknown>>): void {
    const written = top['schedules'];
    if (isAbsent(written)) return;
    const line = this.#line(top, 'schedules');
    if (!isMapping(written)) {
      this.#problems.add(line, 'schedules must be a mapping from a name', 'write schedules: {office: [{weekdays: …}]}');
      return;
    }
    const schedules = new Map<string, readonly unknown[]>();
    for (const [name, intervals] of Object.entries(written).slice(0, NAMED_MAX)) {
      const list = isMapping(intervals) ? [intervals] : intervals;
      const fault =
        !Array.isArray(list) || list.length === 0
          ? 'not a list of time intervals'
          : list.map((one) => timeIntervalSchema.safeParse(one)).find((result) => !result.success)?.error?.issues[0]
              ?.message;
      if (fault === undefined) schedules.set(name, list as readonly unknown[]);
      else
        this.#problems.add(
          this.#line(written, name, line),
          `schedule "${shown(name)}": ${shown(fault)}`,
          'write weekdays and times as in Alertmanager’s time_intervals',
        );
    }
    this.#context = { ...this.#context, schedules };
  }

  #readDefaults(top: Readonly<Record<string, unknown>>): void {
    const written = top['defaults'];
    if (isAbsent(written)) return;
    if (!isMapping(written)) {
      this.#problems.add(this.#line(top, 'defaults'), 'defaults must be a mapping', 'write defaults: {class: traffic}');
      return;
    }
    this.#defaults = layerOf(written, LAYER_KEYS, this.#reportIn(written, this.#line(top, 'defaults')), this.#context);
    this.#defaultTemplate = written['template'];
  }

  #readTemplates(top: Readonly<Record<string, unknown>>): void {
    const written = top['templates'];
    if (isAbsent(written)) return;
    const line = this.#line(top, 'templates');
    if (!isMapping(written)) {
      this.#problems.add(line, 'templates must be a mapping from a name', 'write templates: {dome: {model: …}}');
      return;
    }
    for (const [name, template] of Object.entries(written).slice(0, NAMED_MAX)) {
      const at = this.#line(written, name, line);
      if (isMapping(template))
        this.#templates.set(name, layerOf(template, LAYER_KEYS, this.#reportIn(template, at), this.#context));
      else this.#problems.add(at, `template "${shown(name)}" must be a mapping`, 'write its fields below it');
    }
  }

  async #groups(top: Readonly<Record<string, unknown>>): Promise<void> {
    const written = top['groups'];
    if (isAbsent(written)) return;
    const groups: readonly (readonly [unknown, number])[] = Array.isArray(written)
      ? written.map((one: unknown, i) => [one, this.#line(written, i)] as const)
      : isMapping(written)
        ? Object.entries(written).map(([name, one]) => [one, this.#line(written, name)] as const)
        : [[undefined, this.#line(top, 'groups')]];
    for (const [group, line] of groups.slice(0, NAMED_MAX)) {
      if (isMapping(group)) await this.#group(group, line);
      else this.#problems.add(line, 'a group must be a mapping', 'write its fields, and range or cameras');
    }
    const beyond = groups[NAMED_MAX];
    if (beyond) this.#problems.add(beyond[1], `more than ${NAMED_MAX} groups`, 'split the file');
  }

  async #group(group: Readonly<Record<string, unknown>>, line: number): Promise<void> {
    const { id, ...fields } = group;
    const layer = layerOf(fields, GROUP_KEYS, this.#reportIn(group, line), this.#context);
    const template = group['template'];
    const range = this.#rangeOf(group, line);
    if (range !== undefined) {
      const pattern = scalarText(id);
      if (pattern === undefined || pattern === '')
        this.#problems.add(line, 'a group with a range has no id', 'write id: "N-{n:03}"');
      else
        for (let n = range[0]; n <= range[1]; n++)
          await this.#add(pattern, layer, line, `${this.#problems.file}:${line}`, [], template, n);
    }
    if (!isAbsent(group['cameras'])) await this.#cameras(group, 'cameras', layer, template);
    if (!isAbsent(group['csv'])) {
      for (const row of await this.#rows(scalarText(group['csv']) ?? '', this.#problems, this.#context)) {
        await this.#add(
          row.id ?? scalarText(id),
          row.layer,
          line,
          row.place,
          [layer],
          row.template ?? template,
          undefined,
        );
      }
    }
    if (range === undefined && isAbsent(group['cameras']) && isAbsent(group['csv']))
      this.#problems.add(line, 'a group without cameras', 'write range: 1-40, count: 40, cameras: […] or csv: file');
  }

  /** `range: 1-240`, `range: [1, 240]`, `count: 240` */
  #rangeOf(group: Readonly<Record<string, unknown>>, line: number): readonly [number, number] | undefined {
    const { range, count } = group;
    if (isAbsent(range) && isAbsent(count)) return undefined;
    const parts = isAbsent(range)
      ? ['1', scalarText(count)]
      : Array.isArray(range)
        ? range.map(scalarText)
        : (scalarText(range) ?? '').split(/\s*(?:-|\.\.)\s*/);
    const [from, to] = parts.map((part) => (/^\d{1,9}$/.test(part ?? '') ? Number(part) : Number.NaN));
    if (parts.length === 2 && from !== undefined && to !== undefined && to - from < ROWS_MAX && from <= to)
      return [from, to];
    this.#problems.add(line, `not a range of at most ${ROWS_MAX} numbers`, 'write range: 1-240 or count: 240');
    return undefined;
  }

  async #cameras(
    holder: Readonly<Record<string, unknown>>,
    key: string,
    group: Layer | undefined,
    template: unknown,
  ): Promise<void> {
    const written = holder[key];
    if (isAbsent(written)) return;
    const above = group === undefined ? [] : [group];
    if (Array.isArray(written)) {
      for (let i = 0; i < written.length && !this.#isFull; i++)
        await this.#camera(
          undefined,
          written[i] as unknown,
          this.#line(written, i, this.#line(holder, key)),
          above,
          template,
        );
    } else if (isMapping(written)) {
      for (const id of Object.keys(written)) {
        if (this.#isFull) break;
        await this.#camera(id, written[id], this.#line(written, id, this.#line(holder, key)), above, template);
      }
    } else
      this.#problems.add(
        this.#line(holder, key),
        'cameras must be a list, or a mapping from an id',
        'write "- id: …" below it',
      );
  }

  async #camera(
    key: string | undefined,
    written: unknown,
    line: number,
    above: readonly Layer[],
    template: unknown,
  ): Promise<void> {
    // `- CAM-1` below a group, `CAM-1: 10.1.0.11` and `CAM-1: rtsp://…` are short for more.
    const short = isMapping(written) ? undefined : (scalarText(written) ?? '');
    const raw: Readonly<Record<string, unknown>> = isMapping(written)
      ? written
      : key === undefined
        ? { id: short }
        : short === ''
          ? {}
          : short?.includes('://')
            ? { url: short }
            : { address: short };
    if (Array.isArray(written)) {
      this.#problems.add(line, 'a camera must be a mapping', 'write id: and its fields');
      return;
    }
    const id = key ?? scalarText(raw['id']);
    const layer = layerOf(raw, CAMERA_KEYS, this.#reportIn(raw, line, id), this.#context);
    await this.#add(
      id,
      layer,
      line,
      `${this.#problems.file}:${line}`,
      above,
      isAbsent(raw['template']) ? template : raw['template'],
      undefined,
    );
  }

  async #add(
    pattern: string | undefined,
    own: Layer,
    line: number,
    place: string,
    above: readonly Layer[],
    template: unknown,
    n: number | undefined,
  ): Promise<void> {
    if (this.#entries.length >= ROWS_MAX) {
      if (!this.#isFull)
        this.#problems.add(line, `more than ${ROWS_MAX} cameras in one file`, 'split the fleet over several Vedettes');
      this.#isFull = true;
      return;
    }
    if (this.#turns.isDue()) await this.#turns.next();
    if (pattern === undefined || pattern === '') {
      this.#problems.add(
        line,
        'a camera without an id',
        'write id: …, unique and stable: it is the camera_id of every series',
      );
      return;
    }
    const layers = [
      ...(this.#defaults ? [this.#defaults] : []),
      ...this.#templatesOf(isAbsent(template) ? this.#defaultTemplate : template, line),
      ...above,
      own,
    ];
    const id = filledId(pattern, layers, n);
    const fault = id.length > ROW_LENGTH_MAX ? 'an id that is too long' : idFault(id);
    if (fault !== undefined) {
      this.#problems.add(line, fault, 'write a short id such as CAM-0001');
      return;
    }
    this.#entries.push({ id, fields: composed(layers, id, n, this.#context), place });
  }

  #templatesOf(named: unknown, line: number): readonly Layer[] {
    if (isAbsent(named)) return NO_LAYERS;
    const found: Layer[] = [];
    for (const name of Array.isArray(named) ? named.map(scalarText) : [scalarText(named)]) {
      const template = this.#templates.get(name ?? '');
      if (template) found.push(template);
      else {
        const near = nearest(name ?? '', [...this.#templates.keys()]);
        this.#problems.add(
          line,
          `unknown template "${shown(name ?? '')}"`,
          near === undefined ? 'define it under templates: in this file' : `did you mean "${near}"?`,
        );
      }
    }
    return found;
  }

  #line(holder: object, key: string | number, otherwise = 1): number {
    return this.#yaml.lineOf(holder, key) ?? otherwise;
  }

  #reportIn(holder: Readonly<Record<string, unknown>>, line: number, camera?: string) {
    return (at: readonly string[], message: string, remedy: string): void => {
      const [first = '', second] = at;
      const inner = holder[first];
      const known =
        second !== undefined && typeof inner === 'object' && inner !== null
          ? this.#yaml.lineOf(inner, second)
          : undefined;
      this.#problems.add(known ?? this.#line(holder, first, line), `${at.join('.')}: ${message}`, remedy, camera);
    };
  }
}
const NO_LAYERS: readonly Layer[] = [];
