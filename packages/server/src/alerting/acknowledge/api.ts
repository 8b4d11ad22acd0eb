import type { AcknowledgeAnswer, AcknowledgementList } from '@vedette/wire/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { durationMs } from '../../base/config-schema.ts';
import { VedetteError } from '../../base/errors.ts';
import { type HttpPlugin, withOpenPrefixes } from '../../base/http-plugin.ts';
import { matchesAll } from '../../model/matcher.ts';
import { isResolved } from '../alert-store.ts';
import { parseMatcher } from '../config/parse-matchers.ts';
import { matchersField } from '../escalation/matcher-field.ts';
import { rfc3339 } from '../fingerprint.ts';
import type { GroupAlert } from '../notify/notification.ts';
import type { Acknowledgement } from '../ports.ts';
import { confirmationPage, donePage, refusedPage } from './link-page.ts';
import { type AcknowledgeLinks, LINK_PREFIX } from './links.ts';
import { type AcknowledgementStore, COMMENT_CHARS_MAX, NAME_CHARS_MAX } from './store.ts';

const LISTED_MAX = 1_000;
/** One request acknowledges at most as many. */
const ALERTS_MAX = 10_000;
/** A form with a name and a comment. */
const FORM_BYTES_MAX = 8_192;
const EXPIRES_MAX_MS = 120 * 3_600_000;

export interface AcknowledgeApiDeps {
  readonly clock: Clock;
  /** Undefined before the start. */
  readonly store: () => AcknowledgementStore | undefined;
  readonly links: () => AcknowledgeLinks | undefined;
  readonly expiresAfterMs: () => number;
  readonly alerts: () => Iterable<GroupAlert>;
  /** Alerts of the group, or incident, whose key has this hash. */
  readonly alertsOfGroup: (hash: string) => readonly GroupAlert[];
  /** Hears of what people did, once it is durable. */
  readonly changed: (change: AcknowledgementWord) => void;
}

/** Somebody acknowledged an alert, or took that back; for the history. */
export interface AcknowledgementWord {
  readonly state: 'acknowledged' | 'unacknowledged';
  readonly alert: GroupAlert;
  readonly who: string;
  readonly comment: string;
  readonly atMs: number;
}

const body = z
  .strictObject({
    fingerprint: z
      .string()
      .regex(/^[0-9a-f]{16}$/, { error: 'a fingerprint is sixteen hexadecimal digits' })
      .optional(),
    matchers: matchersField.optional(),
    comment: z.string().max(COMMENT_CHARS_MAX).default(''),
    by: z.string().max(NAME_CHARS_MAX).optional(),
    for: durationMs.refine((ms) => ms > 0 && ms <= EXPIRES_MAX_MS, { error: 'must be at most 5d' }).optional(),
    via: z.enum(['api', 'page']).default('api'),
  })
  .refine(({ fingerprint, matchers }) => (fingerprint === undefined) !== ((matchers?.length ?? 0) === 0), {
    error: 'say which alerts: either fingerprint, or matchers with at least one entry',
  });

/** GET, POST and DELETE of /api/vedette/alerting/acknowledgements, and the signed links. */
export function acknowledgeApi(deps: AcknowledgeApiDeps): HttpPlugin {
  return withOpenPrefixes([LINK_PREFIX], async (scope) => {
    routes(scope, deps);
    links(scope, deps);
  });
}

function routes(scope: FastifyInstance, deps: AcknowledgeApiDeps): void {
  const path = '/api/vedette/alerting/acknowledgements';
  scope.get(path, async (): Promise<AcknowledgementList> => {
    const all = opened(deps.store()).list();
    const labels = new Map([...deps.alerts()].map((alert) => [alert.fingerprint, alert.labels]));
    return {
      total: all.length,
      acknowledgements: all.slice(0, LISTED_MAX).map((one) => ({
        fingerprint: one.fingerprint,
        labels: labels.get(one.fingerprint)?.toObject() ?? null,
        startsAt: rfc3339(one.startsAtMs),
        at: rfc3339(one.atMs),
        expiresAt: rfc3339(one.expiresAtMs),
        by: one.by,
        via: one.via,
        comment: one.comment,
      })),
    };
  });

  scope.post(path, async (request, reply): Promise<AcknowledgeAnswer> => {
    const asked = body.safeParse(request.body);
    if (!asked.success) throw badParameter(asked.error);
    const { fingerprint, matchers = [], comment, via } = asked.data;
    const at = deps.clock.now();
    const test = matchers.map((text) => parseMatcher(text));
    const found = [...deps.alerts()].filter(
      (alert) =>
        !isResolved(alert, at) &&
        (fingerprint === undefined ? matchesAll(test, alert.labels) : alert.fingerprint === fingerprint),
    );
    if (found.length === 0)
      throw new VedetteError('NOT_FOUND', 'no firing alert is meant by this; it may have ended meanwhile');
    if (found.length > ALERTS_MAX)
      throw new VedetteError('QUERY_TOO_LARGE', `${found.length} alerts match; narrow the matchers to ${ALERTS_MAX}`);
    const by = request.user ?? asked.data.by ?? 'anonymous';
    const expiresAtMs = at + (asked.data.for ?? deps.expiresAfterMs());
    await acknowledgeAll(deps, found, { atMs: at, expiresAtMs, by, via, comment });
    void reply.code(201);
    return { fingerprints: found.map((alert) => alert.fingerprint) };
  });

  scope.delete(path, async (request): Promise<AcknowledgeAnswer> => {
    const { fingerprint } = request.query as { readonly fingerprint?: unknown };
    const store = opened(deps.store());
    if (typeof fingerprint !== 'string' || !store.list().some((one) => one.fingerprint === fingerprint))
      throw new VedetteError('NOT_FOUND', 'there is no such acknowledgement; name it with ?fingerprint=');
    const who = request.user ?? 'anonymous';
    const at = deps.clock.now();
    await store.withdraw(fingerprint);
    const alert = [...deps.alerts()].find((one) => one.fingerprint === fingerprint);
    if (alert) deps.changed({ state: 'unacknowledged', alert, who, comment: '', atMs: at });
    return { fingerprints: [fingerprint] };
  });
}

function links(scope: FastifyInstance, deps: AcknowledgeApiDeps): void {
  const claimOf = (request: FastifyRequest) =>
    deps.links()?.claim((request.params as { readonly token: string }).token, deps.clock.now());
  /** Those that fired when the notification was made: a link does not take over what nobody had heard of. */
  const alertsOf = ({ group, issuedAtMs }: { readonly group: string; readonly issuedAtMs: number }) =>
    deps.alertsOfGroup(group).filter((alert) => !isResolved(alert, deps.clock.now()) && alert.startsAtMs <= issuedAtMs);

  void scope.register(async (open) => {
    open.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: FORM_BYTES_MAX },
      (_request, text, done) => done(null, new URLSearchParams(String(text))),
    );
    open.addHook('onRequest', async (_request, reply) => {
      // Links must not leak to other sites, stay in caches, or be followed by a scanner that prefetches.
      void reply.headers({ 'cache-control': 'no-store', 'content-type': 'text/html; charset=utf-8' });
    });
    open.get(`${LINK_PREFIX}:token`, async (request, reply) => {
      const claim = claimOf(request);
      if (!claim) return reply.code(403).send(refusedPage());
      return confirmationPage(alertsOf(claim), claim.receiver);
    });
    open.post(`${LINK_PREFIX}:token`, async (request, reply) => {
      const claim = claimOf(request);
      if (!claim) return reply.code(403).send(refusedPage());
      const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
      const name = form.get('name')?.trim();
      const at = deps.clock.now();
      const found = alertsOf(claim);
      await acknowledgeAll(deps, found, {
        atMs: at,
        expiresAtMs: at + deps.expiresAfterMs(),
        by: name === undefined || name === '' ? `link to ${claim.receiver}` : name.slice(0, NAME_CHARS_MAX),
        via: 'link',
        comment: (form.get('comment') ?? '').slice(0, COMMENT_CHARS_MAX),
      });
      return found.length === 0 ? confirmationPage([], claim.receiver) : donePage(found.length);
    });
  });
}

async function acknowledgeAll(
  deps: AcknowledgeApiDeps,
  alerts: readonly GroupAlert[],
  word: Omit<Acknowledgement, 'fingerprint' | 'startsAtMs'>,
): Promise<void> {
  const store = opened(deps.store());
  await Promise.all(
    alerts.map(async (alert) => {
      const { fingerprint, startsAtMs } = alert;
      await store.acknowledge({ ...word, fingerprint, startsAtMs });
      deps.changed({ state: 'acknowledged', alert, who: word.by, comment: word.comment, atMs: word.atMs });
    }),
  );
}

function opened(store: AcknowledgementStore | undefined): AcknowledgementStore {
  if (!store) throw new VedetteError('DATABASE_UNAVAILABLE', 'acknowledgements are not read yet; ask again soon');
  return store;
}

function badParameter(error: z.ZodError): VedetteError {
  const words = error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return new VedetteError('QUERY_BAD_PARAMETER', words.join('; '));
}
