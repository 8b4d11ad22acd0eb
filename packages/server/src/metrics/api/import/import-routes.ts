import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ExpositionFormat } from '@vedette/wire/exposition';
import type { Clock } from '../../../base/clock.ts';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import type { SampleSink } from '../../../model/ports.ts';
import { clientSignal } from '../../../base/client-signal.ts';
import { Parameters, badParameter } from '../parameters.ts';
import { type ImportResult, SampleImporter } from './sample-importer.ts';

/** Imports at once; each holds a few blocks of text and batches. */
const IMPORTS_MAX = 8;

/** `POST /api/v1/import/prometheus` and `POST /api/v1/import`: metrics pages of any length, with times. */
export function registerImportRoutes(
  scope: FastifyInstance,
  deps: { readonly sink: SampleSink; readonly clock: Clock },
): void {
  let running = 0;
  void scope.register(async (inner) => {
    inner.removeAllContentTypeParsers();
    // Read as it comes, so no limit: what is not read yet waits at the sender.
    inner.addContentTypeParser('*', (_request, payload, done) => {
      done(null, payload);
    });
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      if (running >= IMPORTS_MAX)
        throw new VedetteError('INGEST_OVERLOADED', `${running} imports are running; send this one again later`);
      running++;
      try {
        return await importBody(deps, request, reply);
      } finally {
        running--;
      }
    };
    inner.post('/api/v1/import', handler);
    inner.post('/api/v1/import/prometheus', handler);
  });
}

async function importBody(
  deps: { readonly sink: SampleSink; readonly clock: Clock },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const parameters = new Parameters(request);
  const timestampMs = timestampOf(parameters.text('timestamp'));
  const importer = new SampleImporter(deps, {
    format: formatOf(parameters.text('format'), String(request.headers['content-type'] ?? '')),
    extraLabels: parameters.all('extra_label').map(extraLabel),
    signal: clientSignal(reply),
    ...(timestampMs === undefined ? {} : { timestampMs }),
  });
  const body = request.body as Readable | null | undefined;
  if (!body) throw new VedetteError('INGEST_INVALID', 'there is no body; send Prometheus text or OpenMetrics');
  try {
    // Not destroyed when a line is wrong: that would take the connection, and with it the answer.
    const chunks = decoded(body, String(request.headers['content-encoding'] ?? '')).iterator({
      destroyOnReturn: false,
    });
    for await (const chunk of chunks) await importer.push(chunk as Buffer);
    return answer(await importer.finish());
  } catch (error) {
    body.unpipe();
    body.resume();
    void reply.header('connection', 'close');
    if (error instanceof VedetteError) throw error;
    throw new VedetteError(
      'INGEST_INVALID',
      `the body cannot be read: ${errorMessage(error)}; ${importer.result.stored} samples before that are stored`,
      { cause: error },
    );
  }
}

function answer({ lines, stored, refused, reasons }: ImportResult): unknown {
  const warnings = refused === 0 ? undefined : [`${refused} samples were refused for good: ${reasons.join(', ')}`];
  return { status: 'success', data: { lines, stored, refused }, ...(warnings && { warnings }) };
}

function decoded(body: Readable, encoding: string): Readable {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return body;
    case 'gzip': {
      const gunzip = createGunzip();
      body.once('error', (error) => gunzip.destroy(error));
      return body.pipe(gunzip);
    }
    default:
      throw new VedetteError('INGEST_INVALID', `Content-Encoding "${encoding}" is not read; send gzip or none`);
  }
}

function formatOf(given: string, contentType: string): ExpositionFormat {
  if (given === 'text' || given === 'openmetrics') return given;
  if (given !== '') throw badParameter('format', 'must be text or openmetrics');
  const type = contentType.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json' || type === 'application/x-ndjson')
    throw new VedetteError(
      'INGEST_INVALID',
      'JSON lines are not read here; send Prometheus text (text/plain) or OpenMetrics (application/openmetrics-text)',
    );
  return type === 'application/openmetrics-text' ? 'openmetrics' : 'text';
}

/** `name=value`, as VictoriaMetrics takes it. */
function extraLabel(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw badParameter('extra_label', `${JSON.stringify(text)} is not name=value`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function timestampOf(text: string): number | undefined {
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw badParameter('timestamp', 'must be a time in milliseconds since 1970');
  return Number(text);
}
