import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendChunks } from '../../../base/answer-stream.ts';
import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import type { Clock } from '../../../base/clock.ts';
import type { HttpPlugin } from '../../../base/http-plugin.ts';
import type { AlertmanagerView } from './alertmanager-view.ts';
import { jsonBody } from './json-body.ts';
import { jsonChunks } from './json-chunks.ts';
import { alertsJson, groupsJson, listAlerts, listGroups } from './list-alerts.ts';
import {
  INVALID_TYPE,
  OpenApiFault,
  notThere,
  pathOf,
  sendJson,
  sendOpenApiFault,
  sendWords,
} from './open-api-fault.ts';
import { ParameterFault, type Query } from './parameters.ts';
import { postedAlerts } from './posted-alerts.ts';
import { postedSilence } from './posted-silence.ts';
import { listSilences, silenceJson } from './silence-json.ts';
import { statusJson } from './status-json.ts';

/** Alerts in one body: a Prometheus sends at most some hundred, a script perhaps all that there are. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

const PREFIX = '/api/v2';

/** Methods by path, in the order in which upstream lists them. */
const PATHS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\/status$/, ['GET']],
  [/\/receivers$/, ['GET']],
  [/\/alerts$/, ['POST', 'GET']],
  [/\/alerts\/groups$/, ['GET']],
  [/\/silences$/, ['POST', 'GET']],
  [/\/silence\/[^/]+$/, ['DELETE', 'GET']],
];

/** Alertmanager's API v2 under /api/v2, for amtool, Prometheus, other clients of Alertmanager, and the pages. */
export function alertmanagerApi(view: AlertmanagerView, clock: Clock): HttpPlugin {
  return async (scope) => {
    await scope.register(async (api) => routes(api, view, clock), { prefix: PREFIX });
  };
}

function routes(api: FastifyInstance, view: AlertmanagerView, clock: Clock): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) => {
    done(null, body);
  });
  api.setErrorHandler(async (error, request, reply) => answerFault(error, request, reply));
  api.setNotFoundHandler(async (request, reply) => {
    const methods = PATHS.find(([path]) => path.test(pathOf(request)))?.[1] ?? [];
    return sendOpenApiFault(reply.header('allow', methods.join(',')), notThere(request, methods, PREFIX));
  });
  api.get('/status', async (_request, reply) => sendJson(reply, statusJson(view)));
  api.get('/receivers', async (_request, reply) =>
    sendJson(reply, view.config()?.receivers.map(({ name }) => ({ name })) ?? []),
  );
  alertRoutes(api, view, clock);
  silenceRoutes(api, view);
}

function alertRoutes(api: FastifyInstance, view: AlertmanagerView, clock: Clock): void {
  const send = (request: FastifyRequest, reply: FastifyReply, pieces: Iterable<string>): FastifyReply =>
    sendChunks(request, reply.header('content-type', 'application/json'), clock, jsonChunks(pieces));
  api.get('/alerts', async (request, reply) =>
    send(request, reply, alertsJson(listAlerts(view, request.query as Query))),
  );
  api.get('/alerts/groups', async (request, reply) =>
    send(request, reply, groupsJson(listGroups(view, request.query as Query))),
  );
  api.post('/alerts', async (request, reply) => {
    const at = view.now();
    const resolveTimeoutMs = view.config()?.global.resolve_timeout ?? RESOLVE_TIMEOUT_MS;
    const { valid, faults } = postedAlerts(jsonBody(request, 'alerts'), at, resolveTimeoutMs);
    const resolved = valid.filter((alert) => alert.resolved).length;
    view.counted({ firing: valid.length - resolved, resolved, invalid: faults.length, version: 'v2' });
    await view.receive(valid, at);
    return faults.length > 0
      ? sendWords(reply, 400, faults.slice(0, FAULTS_SHOWN_MAX).join('; '))
      : reply.code(200).send();
  });
}

/** As the section `global` has it when it says nothing. */
const RESOLVE_TIMEOUT_MS = 5 * 60_000;
/** Of thousands of wrong alerts the first tell enough. */
const FAULTS_SHOWN_MAX = 20;

function silenceRoutes(api: FastifyInstance, view: AlertmanagerView): void {
  api.get('/silences', async (request, reply) =>
    sendJson(reply, listSilences(view.silences(), request.query as Query, view.now())),
  );
  api.post('/silences', async (request, reply) => {
    const at = view.now();
    const draft = postedSilence(jsonBody(request, 'silence'), request.user);
    if (draft.startsAtMs >= draft.endsAtMs)
      return sendWords(reply, 400, 'Failed to create silence: start time must be before end time');
    if (draft.endsAtMs < at) return sendWords(reply, 400, "Failed to create silence: end time can't be in the past");
    const silences = view.silences();
    const silenceID = await silences.set(draft, at);
    const silence = silences.get(silenceID);
    if (silence) view.silenced(silence);
    return sendJson(reply, { silenceID });
  });
  api.get('/silence/:id', async (request, reply) => {
    const silences = view.silences();
    const silence = silences.get(idOf(request));
    return silence
      ? sendJson(reply, silenceJson(silence, silences.state(silence, view.now())))
      : reply.code(404).send();
  });
  api.delete('/silence/:id', async (request, reply) => {
    const silences = view.silences();
    const id = idOf(request);
    // Newer Alertmanagers answer 404 without words; 0.25 answered 500, which no client can tell from a failure.
    if (!silences.get(id)) return reply.code(404).send();
    await silences.expire(id, view.now());
    const silence = silences.get(id);
    if (silence) view.silenced(silence);
    return reply.code(200).send();
  });
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

function idOf(request: FastifyRequest): string {
  const { id } = request.params as { readonly id: string };
  if (!UUID.test(id))
    throw new OpenApiFault(INVALID_TYPE, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`);
  return id.toLowerCase();
}

function answerFault(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof OpenApiFault) return sendOpenApiFault(reply, error);
  if (error instanceof ParameterFault) return sendWords(reply, 400, error.message);
  if (isVedetteError(error)) return sendWords(reply, error.status, error.message);
  const status = (error as { readonly statusCode?: number }).statusCode ?? 500;
  if (status < 500) return sendOpenApiFault(reply, new OpenApiFault(status, errorMessage(error)));
  // The handler around this one logs it and hides its words.
  throw error;
}
