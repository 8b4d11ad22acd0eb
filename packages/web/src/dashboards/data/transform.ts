import type { TransformationModel } from '@vedette/wire/http';
import { type Cell, type Field, type Frame, nameValueColumns, rowCount } from './frame.ts';
import { CALCULATIONS, reduceValues } from './reduce.ts';
import { compileGrafanaRegex } from './resolve-field.ts';

type Options = Readonly<Record<string, unknown>>;
type Transform = (frames: readonly Frame[], options: Options) => readonly Frame[];

const record = (value: unknown): Options => (typeof value === 'object' && value !== null ? (value as Options) : {});
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];

export interface Transformed {
  readonly frames: readonly Frame[];
  /** Ids that are not drawn; the panel shows them as a badge. */
  readonly unsupported: readonly string[];
}

export function transform(frames: readonly Frame[], steps: readonly TransformationModel[]): Transformed {
  const unsupported: string[] = [];
  let current = frames;
  if (steps.length > 0) current = nameValueColumns(current);
  for (const step of steps) {
    const apply = TRANSFORMS[step.id];
    if (apply) current = apply(current, step.options);
    else unsupported.push(step.id);
  }
  return { frames: current, unsupported };
}

const mapFields =
  (change: (fields: readonly Field[], options: Options) => readonly Field[]): Transform =>
  (frames, options) =>
    frames.map((frame) => ({ ...frame, fields: change(frame.fields, options) }));

const organize = mapFields((fields, options) => {
  const exclude = record(options['excludeByName']);
  const include = record(options['includeByName']);
  const order = record(options['indexByName']);
  const rename = record(options['renameByName']);
  const place = (field: Field, index: number): number => {
    const wanted = order[field.name];
    return typeof wanted === 'number' ? wanted : 1000 + index;
  };
  const includes = Object.values(include).includes(true);
  return fields
    .map((field, index) => ({ field, at: place(field, index) }))
    .filter(({ field }) => exclude[field.name] !== true && (!includes || include[field.name] === true))
    .toSorted((a, b) => a.at - b.at)
    .map(({ field }) => {
      const name = rename[field.name];
      return typeof name === 'string' && name !== '' ? { ...field, name } : field;
    });
});

const filterFieldsByName = mapFields((fields, options) => {
  const test = (side: unknown): ((name: string) => boolean) | null => {
    const { names, pattern } = record(side);
    const list = strings(names);
    const regex = typeof pattern === 'string' && pattern !== '' ? compileGrafanaRegex(pattern) : null;
    return list.length === 0 && !regex ? null : (name) => list.includes(name) || (regex?.test(name) ?? false);
  };
  const include = test(options['include']);
  const exclude = test(options['exclude']);
  return fields.filter((field) => (include?.(field.name) ?? true) && !(exclude?.(field.name) ?? false));
});

const renameByRegex = mapFields((fields, options) => {
  const pattern = typeof options['regex'] === 'string' ? options['regex'] : '';
  const wrapped = compileGrafanaRegex(/^\/.*\/[a-z]*$/s.test(pattern) ? pattern : `/${pattern}/`);
  const replacement = typeof options['renamePattern'] === 'string' ? options['renamePattern'] : '';
  return wrapped ? fields.map((field) => ({ ...field, name: field.name.replace(wrapped, replacement) })) : fields;
});

/** Rows whose shared columns agree become one; columns that only one frame has stay beside each other. */
const merge: Transform = (frames) => {
  if (frames.length < 2) return frames;
  const tables = frames.filter((frame) => rowCount(frame) > 0);
  const valueNames = new Set(
    tables.flatMap((frame) => frame.fields.filter((field) => field.type === 'number').map((field) => field.name)),
  );
  return [joinRows(tables, (name) => !valueNames.has(name))];
};

const joinByField: Transform = (frames, options) => {
  const by = typeof options['byField'] === 'string' && options['byField'] !== '' ? options['byField'] : 'Time';
  const inner = options['mode'] === 'inner';
  const tables = frames.filter((frame) => frame.fields.some((field) => field.name === by));
  const joined = joinRows(distinctNames(tables, by), (name) => name === by);
  if (!inner) return [joined];
  const full = Array.from({ length: rowCount(joined) }, (_, row) => row).filter((row) =>
    tables.every((frame) =>
      frame.fields.some((field) => field.name === by && field.values.includes(cell(joined, by, row))),
    ),
  );
  return [pickRows(joined, full)];
};

function distinctNames(frames: readonly Frame[], by: string): Frame[] {
  const seen = new Map<string, number>();
  return frames.map((frame) => ({
    ...frame,
    fields: frame.fields.map((field) => {
      if (field.name === by) return field;
      const count = (seen.get(field.name) ?? 0) + 1;
      seen.set(field.name, count);
      return count === 1 ? field : { ...field, name: `${field.name} ${count}` };
    }),
  }));
}

const cell = (frame: Frame, name: string, row: number): Cell =>
  frame.fields.find((field) => field.name === name)?.values[row] ?? null;

function joinRows(frames: readonly Frame[], isKey: (name: string) => boolean): Frame {
  const columns = new Map<string, Omit<Field, 'values'>>();
  for (const frame of frames)
    for (const field of frame.fields) if (!columns.has(field.name)) columns.set(field.name, field);
  const rows = new Map<string, Map<string, Cell>>();
  for (const frame of frames) {
    for (let row = 0; row < rowCount(frame); row++) {
      const key = JSON.stringify(
        frame.fields
          .filter((field) => isKey(field.name))
          .map((field) => [field.name, field.values[row]])
          .sort(),
      );
      const target = rows.get(key) ?? new Map<string, Cell>();
      for (const field of frame.fields) target.set(field.name, field.values[row] ?? null);
      rows.set(key, target);
    }
  }
  const all = [...rows.values()];
  const fields = [...columns].map(([name, { type, labels }]) => ({
    name,
    type,
    labels,
    values: all.map((row) => row.get(name) ?? null),
  }));
  return { refId: frames[0]?.refId ?? '', fields };
}

function pickRows(frame: Frame, rows: readonly number[]): Frame {
  return {
    ...frame,
    fields: frame.fields.map((field) => ({ ...field, values: rows.map((row) => field.values[row] ?? null) })),
  };
}

const reduce: Transform = (frames, options) => {
  const calculations = strings(options['reducers']);
  const wanted = calculations.length > 0 ? calculations : ['lastNotNull'];
  const columns = frames.flatMap((frame) =>
    frame.fields.filter((field) => field.type === 'number').map((field) => ({ field, refId: frame.refId })),
  );
  if (options['mode'] === 'reduceFields') {
    return frames.map((frame) => ({
      ...frame,
      fields: frame.fields
        .filter((field) => field.type === 'number')
        .map((field) => ({ ...field, values: [reduceValues(field.values, wanted[0] ?? '')] })),
    }));
  }
  const labels =
    options['labelsToFields'] === true ? [...new Set(columns.flatMap(({ field }) => Object.keys(field.labels)))] : [];
  return [
    {
      refId: frames[0]?.refId ?? '',
      fields: [
        { name: 'Field', type: 'string', labels: {}, values: columns.map(({ field }) => field.name) },
        ...labels.map((name): Field => ({
          name,
          type: 'string',
          labels: {},
          values: columns.map(({ field }) => field.labels[name] ?? null),
        })),
        ...wanted.map((calculation): Field => ({
          name: CALCULATIONS[calculation] ?? calculation,
          type: 'number',
          labels: {},
          values: columns.map(({ field }) => reduceValues(field.values, calculation)),
        })),
      ],
    },
  ];
};

const sortBy: Transform = (frames, options) => {
  const sort = record(Array.isArray(options['sort']) ? options['sort'][0] : undefined);
  const direction = sort['desc'] === true ? -1 : 1;
  return frames.map((frame) => {
    const column = frame.fields.find((field) => field.name === sort['field']);
    if (!column) return frame;
    const rows = column.values
      .map((_, row) => row)
      .toSorted((a, b) => direction * compareCells(column.values[a] ?? null, column.values[b] ?? null));
    return pickRows(frame, rows);
  });
};

export function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b || Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

const groupBy: Transform = (frames, options) => {
  const settings = Object.entries(record(options['fields'])).map(
    ([name, value]) => ({ name, ...record(value) }) as { name: string; operation?: unknown; aggregations?: unknown },
  );
  const keys = settings.filter((entry) => entry.operation === 'groupby').map((entry) => entry.name);
  return frames.map((frame) => {
    const groups = new Map<string, number[]>();
    for (let row = 0; row < rowCount(frame); row++) {
      const key = JSON.stringify(keys.map((name) => cell(frame, name, row)));
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    const rows = [...groups.values()];
    const fields: Field[] = [];
    for (const field of frame.fields) {
      if (keys.includes(field.name))
        fields.push({ ...field, values: rows.map((group) => field.values[group[0] ?? 0] ?? null) });
      const setting = settings.find((entry) => entry.name === field.name && entry.operation === 'aggregate');
      for (const calculation of strings(setting?.aggregations)) {
        const values = rows.map((group) =>
          reduceValues(
            group.map((row) => field.values[row] ?? null),
            calculation,
          ),
        );
        fields.push({ name: `${field.name} (${calculation})`, type: 'number', labels: {}, values });
      }
    }
    return { ...frame, fields };
  });
};

const seriesToRows: Transform = (frames) => [
  {
    refId: frames[0]?.refId ?? '',
    fields: [
      {
        name: 'Time',
        type: 'time',
        labels: {},
        values: frames.flatMap((frame) => frame.fields.find((field) => field.type === 'time')?.values ?? []),
      },
      {
        name: 'Metric',
        type: 'string',
        labels: {},
        values: frames.flatMap((frame) =>
          Array.from({ length: rowCount(frame) }, () => frame.fields.at(-1)?.name ?? ''),
        ),
      },
      {
        name: 'Value',
        type: 'number',
        labels: {},
        values: frames.flatMap((frame) => frame.fields.find((field) => field.type === 'number')?.values ?? []),
      },
    ],
  },
];

const TRANSFORMS: Readonly<Record<string, Transform>> = {
  organize,
  merge,
  joinByField,
  seriesToColumns: joinByField,
  filterFieldsByName,
  renameByRegex,
  reduce,
  sortBy,
  groupBy,
  seriesToRows,
};

export const SUPPORTED_TRANSFORMATIONS: readonly string[] = Object.keys(TRANSFORMS);
