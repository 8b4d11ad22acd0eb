import { readFile, stat } from 'node:fs/promises';
import type { FastifyReply } from 'fastify';
import type { RuleDoctorAnswer } from '@vedette/wire/http';
import { z } from 'zod';
import { positiveDurationMs } from '../../base/config-schema.ts';
import { VedetteError } from '../../base/errors.ts';
import type { HttpPlugin } from '../../base/http-plugin.ts';
import { parseDuration } from '../../base/units.ts';
import { RULE_FILE_BYTES_MAX } from '../load-rules.ts';
import type { RuleGroup } from '../ports.ts';
import { RuleDoctor } from './doctor.ts';
import { EXAMINATIONS_MAX, RULES_TIMEOUT_MS, RULE_TIMEOUT_MS, WINDOW_DEFAULT_MS, WINDOW_MAX_MS } from './limits.ts';
import type { DoctorDeps } from './ports.ts';
import { reportGroup } from './report-group.ts';

export interface DoctorApiDeps extends DoctorDeps {
  /** The groups that run, with their intervals. */
  readonly groups: () => readonly RuleGroup[];
  /** For groups without an interval. */
  readonly intervalMs: () => number;
}

const number = z
  .string()
  .regex(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/, { error: 'must be a number' })
  .transform(Number);
const duration = z
  .string()
  .refine((text) => parseDuration(text) !== undefined, { error: 'must be a duration such as 5m' });

const doctorQuery = z.strictObject({
  file: z.string(),
  group: z.string(),
  name: z.string().optional(),
  index: z.coerce.number().int().min(0).optional(),
  window: positiveDurationMs.refine((ms) => ms <= WINDOW_MAX_MS, { error: 'must be at most 31d' }).optional(),
  threshold: number.optional(),
  for: duration.optional(),
});

/** `/api/vedette/rules/doctor`: what the doctor says of the rules of a running group. Ends when the client leaves. */
export function doctorApi(deps: DoctorApiDeps): HttpPlugin {
  let running = 0;
  return async (scope) => {
    scope.get('/api/vedette/rules/doctor', async (request, reply): Promise<RuleDoctorAnswer> => {
      const parsed = doctorQuery.safeParse(request.query);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new VedetteError(
          'QUERY_BAD_PARAMETER',
          `parameter ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}; known: file, group, name, index, window, threshold, for`,
        );
      }
      const query = parsed.data;
      const groups = deps.groups();
      const group = groups.find(({ file, name }) => file === query.file && name === query.group);
      if (!group || (query.name !== undefined && !group.rules.some(({ name }) => name === query.name)))
        throw new VedetteError('NOT_FOUND', 'no such rule runs here; /api/v1/rules lists file, group and name of all');
      if (running >= EXAMINATIONS_MAX)
        throw new VedetteError('QUERY_OVERLOADED', 'the doctor is looking at other rules; ask again in a moment');
      running++;
      try {
        const startedMs = deps.clock.monotonicMs();
        const doctor = new RuleDoctor(
          deps,
          {
            windowMs: query.window ?? WINDOW_DEFAULT_MS,
            intervalMs: deps.intervalMs(),
            timeoutMs: RULE_TIMEOUT_MS,
          },
          groups,
        );
        return await reportGroup(
          doctor,
          group,
          {
            ...(query.name === undefined ? {} : { name: query.name }),
            ...(query.index === undefined ? {} : { index: query.index }),
            whatIf: {
              ...(query.threshold === undefined ? {} : { threshold: query.threshold }),
              ...(query.for === undefined ? {} : { forMs: parseDuration(query.for) ?? 0 }),
            },
            atMs: deps.clock.now(),
            readText: () => readRuleText(group.file),
            isLate: () => deps.clock.monotonicMs() - startedMs > RULES_TIMEOUT_MS,
          },
          leavingSignal(reply),
        );
      } finally {
        running--;
      }
    });
  };
}

/** The file of a group, without the key of a ConfigMap; undefined for groups that come from elsewhere. */
export async function readRuleText(file: string): Promise<string | undefined> {
  for (const path of new Set([file, file.replace(/#[^#/]*$/, '')])) {
    try {
      if ((await stat(path)).size <= RULE_FILE_BYTES_MAX) return await readFile(path, 'utf8');
    } catch {
      // Compiled groups have no file, and a file may be gone since it was loaded: there is no diff then.
    }
  }
  return undefined;
}

function leavingSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished)
      gone.abort(new VedetteError('QUERY_CANCELLED', 'the client left before the doctor was done'));
  });
  return gone.signal;
}
