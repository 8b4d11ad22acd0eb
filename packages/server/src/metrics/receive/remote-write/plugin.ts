import type { IncomingMessage } from 'node:http';
import { RemoteWriteError } from '@vedette/wire/remote-write';
import { SnappyError } from '@vedette/wire/snappy';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { HttpPlugin } from '../../../base/http-plugin.ts';
import { VedetteError, errorMessage } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { SampleSink } from '../../../model/ports.ts';
import type { RemoteWriteConfig } from './config.ts';
import {
  RemoteWriteReceiver,
  type WriteCounts,
  WriteFailure,
  type WriteMessage,
  type WriteOutcome,
} from './receiver.ts';

export interface RemoteWriteDeps {
  readonly sink: SampleSink;
  readonly logger: Logger;
  readonly registry: Registry;
}

/** When a sender should try again after overload; Prometheus backs off on its own as well. */
const RETRY_AFTER_SECONDS = 5;
const REASONS_SHOWN = 5;
const V1: WriteMessage = 'prometheus.WriteRequest';
const V2: WriteMessage = 'io.prometheus.write.v2.Request';
const NOTHING: WriteCounts = { samples: 0, histograms: 0, exemplars: 0 };

/** An answer that is decided: plain text, which senders write to their log. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
  }
}

/** `POST /api/v1/write`, Prometheus remote-write 1.0 and 2.0. 204 means: durable. */
export function remoteWritePlugin(deps: RemoteWriteDeps, limits: RemoteWriteConfig): HttpPlugin {
  const receiver = new RemoteWriteReceiver(deps.sink);
  const metrics = createMetrics(deps.registry, () => inFlightBytes);
  let inFlightBytes = 0;

  const hold = (bytes: number): void => {
    if (inFlightBytes + bytes > limits.in_flight_size_max) {
      throw new Refusal(
        503,
        `remote-write is busy: requests in progress hold ${inFlightBytes} bytes; send again later`,
      );
    }
    inFlightBytes += bytes;
  };

  return async (scope) => {
    scope.removeAllContentTypeParsers();
    // The body stays a stream: the handler checks headers first and counts bytes as they come.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.post('/api/v1/write', { bodyLimit: Math.max(1, limits.body_size_max) }, async (request, reply) => {
      metrics.requests.inc();
      let held = 0;
      let message: WriteMessage | undefined;
      /** 2.0 wants to be told what was written, whatever the status; 1.0 does not know the headers. */
      const tellWritten = (written: WriteCounts): void => {
        if (message !== V2) return;
        void reply.header('x-prometheus-remote-write-samples-written', String(written.samples));
        void reply.header('x-prometheus-remote-write-histograms-written', String(written.histograms));
        void reply.header('x-prometheus-remote-write-exemplars-written', String(written.exemplars));
      };
      const holdHere = (bytes: number): void => {
        hold(bytes);
        held += bytes;
      };
      try {
        message = messageOf(request.headers, limits.accepted_protobuf_messages);
        const body = await readBody(request.raw, limits.body_size_max, holdHere);
        const outcome = await receiver.write(body, limits.decoded_size_max, holdHere, message);
        metrics.count(outcome.written);
        tellWritten(outcome.written);
        const text = refusedText(outcome);
        if (text === undefined) return await reply.code(204).send();
        for (const count of outcome.refused.values()) metrics.refused.inc(count);
        return await reply.code(400).type('text/plain; charset=utf-8').send(text);
      } catch (failure) {
        const written = failure instanceof WriteFailure ? failure.written : NOTHING;
        const error = failure instanceof WriteFailure ? failure.cause : failure;
        metrics.count(written);
        tellWritten(written);
        const { status, text } = answerTo(error);
        if (status >= 500) metrics.failures.inc();
        else metrics.invalid.inc();
        if (status >= 500 && status !== 503)
          deps.logger.error({ error: errorMessage(error) }, 'remote-write request failed');
        if (status === 503) void reply.header('retry-after', String(RETRY_AFTER_SECONDS));
        // What is left of a refused body is not read; the connection ends with the answer.
        if (!request.raw.complete) void reply.header('connection', 'close');
        return await reply.code(status).type('text/plain; charset=utf-8').send(`${text}\n`);
      } finally {
        inFlightBytes -= held;
      }
    });
  };
}

/** Which message the body is, by its headers. */
function messageOf(headers: IncomingMessage['headers'], accepted: readonly WriteMessage[]): WriteMessage {
  const type = headers['content-type'] ?? '';
  const [media = '', ...parameters] = type.split(';').map((part) => part.trim());
  if (media.toLowerCase() !== 'application/x-protobuf') {
    throw new Refusal(415, `Content-Type "${type}" is not remote-write; send application/x-protobuf`);
  }
  const proto = parameters.find((part) => part.toLowerCase().startsWith('proto='))?.slice('proto='.length) ?? V1;
  const message = accepted.find((one) => one.toLowerCase() === proto.toLowerCase());
  if (message === undefined) {
    throw new Refusal(
      415,
      `remote-write message "${proto}" is not accepted; configure the sender with protobuf_message: ${accepted.join(' or ')}`,
    );
  }
  const encoding = headers['content-encoding'] ?? '';
  if (encoding.toLowerCase() !== 'snappy') {
    throw new Refusal(
      415,
      `Content-Encoding "${encoding}" is not remote-write; compress the body with snappy (block format)`,
    );
  }
  return message;
}

async function readBody(request: IncomingMessage, bytesMax: number, hold: (bytes: number) => void): Promise<Buffer> {
  const tooLarge = (): Refusal =>
    new Refusal(
      413,
      `the body is larger than ${bytesMax} bytes; send smaller batches (max_samples_per_send), or raise body_size_max`,
    );
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > bytesMax) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw tooLarge();
    hold(chunk.length);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
}

/** The spec: 4xx is final, 5xx is sent again. */
function answerTo(error: unknown): { readonly status: number; readonly text: string } {
  if (error instanceof Refusal) return { status: error.status, text: error.message };
  if (error instanceof SnappyError) return { status: error.tooLarge ? 413 : 400, text: error.message };
  if (error instanceof RemoteWriteError) return { status: 400, text: error.message };
  if (error instanceof VedetteError) return { status: error.status, text: error.message };
  return { status: 500, text: 'the samples could not be stored; the reason is in the log of Vedette' };
}

function refusedText(outcome: WriteOutcome): string | undefined {
  if (outcome.refused.size === 0) return undefined;
  const reasons = [...outcome.refused].slice(0, REASONS_SHOWN).map(([reason, count]) => `${count} × ${reason}`);
  const more = outcome.refused.size > REASONS_SHOWN ? '; and other reasons' : '';
  const { received, written } = outcome;
  const stored = [`${written.samples} of ${received.samples} samples`];
  if (received.histograms > 0) stored.push(`${written.histograms} of ${received.histograms} histograms`);
  if (received.exemplars > 0) stored.push(`${written.exemplars} of ${received.exemplars} exemplars`);
  return `${stored.join(', ')} stored; refused for good: ${reasons.join('; ')}${more}\n`;
}

interface RemoteWriteMetrics {
  readonly requests: Counter;
  readonly refused: Counter;
  readonly invalid: Counter;
  readonly failures: Counter;
  count(written: WriteCounts): void;
}

function createMetrics(registry: Registry, inFlight: () => number): RemoteWriteMetrics {
  const counter = (name: string, help: string): Counter =>
    new Counter({ name: `vedette_remote_write_${name}_total`, help, registers: [registry] });
  const gauge: Gauge = new Gauge({
    name: 'vedette_remote_write_in_flight_bytes',
    help: 'Bytes held by remote-write requests in progress.',
    registers: [registry],
    collect: () => gauge.set(inFlight()),
  });
  const samples = counter('samples', 'Remote-written samples stored.');
  const histograms = counter('histograms', 'Remote-written native histograms stored.');
  const exemplars = counter('exemplars', 'Remote-written exemplars stored.');
  return {
    requests: counter('requests', 'Remote-write requests received.'),
    refused: counter('samples_refused', 'Remote-written samples, native histograms and exemplars refused for good.'),
    invalid: counter('requests_invalid', 'Remote-write requests answered with 4xx.'),
    failures: counter('requests_failed', 'Remote-write requests answered with 5xx, which senders repeat.'),
    count: (written) => {
      samples.inc(written.samples);
      histograms.inc(written.histograms);
      exemplars.inc(written.exemplars);
    },
  };
}
