import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorMessage, isVedetteError } from '../../../base/errors.ts';
import type { HttpPlugin } from '../../../base/http-plugin.ts';
import type { AlertmanagerView } from '../v2/alertmanager-view.ts';
import { statusJson } from '../v2/alert-json.ts';
import { dateTime } from '../v2/date-time.ts';
import { unreadable } from '../v2/json-body.ts';
import { listAlerts } from '../v2/list-alerts.ts';
import { OpenApiFault, sendJson } from '../v2/open-api-fault.ts';
import { ParameterFault, type Query } from '../v2/parameters.ts';
import { postedAlerts } from '../v2/posted-alerts.ts';
import { postedSilence } from '../v2/posted-silence.ts';
import { listSilences, silenceJson } from '../v2/silence-json.ts';
import { statusJson as serverStatus } from '../v2/status-json.ts';

const BODY_BYTES_MAX = 32 * 1024 * 1024;
const RESOLVE_TIMEOUT_MS = 5 * 60_000;

/**
 * Alertmanager's API v1, which 0.27 took out: for old senders and scripts, over what v2 does. `{"status":"success","data":…}`, or
 * `{"status":"error","errorType":"bad_data","error":"…"}`. Only where Prometheus's own /api/v1/alerts is not served.
 */
export function alertmanagerApiV1(view: AlertmanagerView): HttpPlugin {
  return async (scope) => {
    await scope.register(async (api) => routes(api, view), { prefix: '/api/v1' });
  };
}

function routes(api: FastifyInstance, view: AlertmanagerView): void {
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_BYTES_MAX }, (_request, body, done) => {
    done(null, body);
  });
  api.setErrorHandler(async (error, _request, reply) => answerFault(error, reply));
  api.get('/status', async (_request, reply) => {
    const { config, uptime, versionInfo } = serverStatus(view);
    return success(reply, { configYAML: config.original, versionInfo, uptime, clusterStatus: null });
  });
  api.get('/receivers', async (_request, reply) =>
    success(reply, view.config()?.receivers.map(({ name }) => name) ?? []),
  );
  api.get('/alerts', async (request, reply) =>
    success(
      reply,
      listAlerts(view, request.query as Query).map(({ alert, mutes, receivers }) => ({
        labels: alert.labels.toObject(),
        annotations: alert.annotations,
        startsAt: dateTime(alert.startsAtMs),
        endsAt: dateTime(alert.endsAtMs),
        generatorURL: alert.generatorUrl,
        status: {
          state: statusJson(mutes).state,
          silencedBy: mutes.silencedBy,
          inhibitedBy: mutes.inhibitedBy,
        },
        receivers,
        fingerprint: alert.fingerprint,
      })),
    ),
  );
  api.post('/alerts', async (request, reply) => {
    const at = view.now();
    const timeoutMs = view.config()?.global.resolve_timeout ?? RESOLVE_TIMEOUT_MS;
    const { valid, faults } = postedAlerts(jsonOf(request.body), at, timeoutMs);
    const resolved = valid.filter((alert) => alert.resolved).length;
    view.counted({ firing: valid.length - resolved, resolved, invalid: faults.length, version: 'v1' });
    await view.receive(valid, at);
    return faults.length > 0 ? badData(reply, 400, faults.slice(0, 20).join('; ')) : success(reply);
  });
  api.get('/silences', async (request, reply) =>
    success(reply, listSilences(view.silences(), request.query as Query, view.now())),
  );
  api.post('/silences', async (request, reply) => {
    const at = view.now();
    const draft = postedSilence(jsonOf(request.body), request.user);
    if (draft.startsAtMs >= draft.endsAtMs) return badData(reply, 400, 'start time must be before end time');
    if (draft.endsAtMs < at) return badData(reply, 400, "end time can't be in the past");
    const silences = view.silences();
    const silenceId = await silences.set(draft, at);
    const silence = silences.get(silenceId);
    if (silence) view.silenced(silence);
    return success(reply, { silenceId });
  });
  api.get('/silence/:id', async (request, reply) => {
    const silences = view.silences();
    const silence = silences.get(idOf(request.params));
    if (!silence) return badData(reply, 404, 'silence not found');
    return success(reply, silenceJson(silence, silences.state(silence, view.now())));
  });
  api.delete('/silence/:id', async (request, reply) => {
    const id = idOf(request.params);
    await view.silences().expire(id, view.now());
    const silence = view.silences().get(id);
    if (silence) view.silenced(silence);
    return success(reply);
  });
}

function idOf(parameters: unknown): string {
  return (parameters as { readonly id: string }).id;
}

function jsonOf(body: unknown): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : '') as unknown;
  } catch (error) {
    throw unreadable('request', errorMessage(error));
  }
}

function success(reply: FastifyReply, data?: unknown): FastifyReply {
  return sendJson(reply, data === undefined ? { status: 'success' } : { status: 'success', data });
}

function badData(reply: FastifyReply, status: number, error: string): FastifyReply {
  return sendJson(reply.code(status), {
    status: 'error',
    errorType: status < 500 ? 'bad_data' : 'server_error',
    error,
  });
}

function answerFault(error: unknown, reply: FastifyReply): FastifyReply {
  if (error instanceof OpenApiFault || error instanceof ParameterFault) return badData(reply, 400, error.message);
  if (isVedetteError(error)) return badData(reply, error.status, error.message);
  const status = (error as { readonly statusCode?: number }).statusCode ?? 500;
  if (status < 500) return badData(reply, status, errorMessage(error));
  // The handler around this one logs it and hides its words.
  throw error;
}
