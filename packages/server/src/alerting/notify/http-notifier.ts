import { isVedetteError } from '../../base/errors.ts';
import {
  BodyTooLarge,
  type HttpAnswer,
  type HttpClientConfig,
  HttpFailure,
  type HttpMethod,
  refusedAddress,
} from '../../base/http-client/index.ts';
import type { IntegrationConfig } from '../config/model.ts';
import { hiddenForms, secretsOf } from './hidden-secrets.ts';
import type { Delivery, Notification, Notifier } from './notification.ts';
import type { HttpSender, NotifyDeps } from './receiver-kind.ts';
import { deliveryOf, failure, statusReason, withoutSecrets } from './retry.ts';
import type { FilledTemplates } from './templates/notification-templates.ts';

/** Of an answer that counts as a success; more of it is not read. */
const ANSWER_BYTES_MAX = 64 * 1024;
/** For `timeout: 0s`: group_interval ends the attempt before this. */
const UNLIMITED_MS = 86_400_000;

export interface HttpIntegrationConfig extends IntegrationConfig {
  readonly http_config: HttpClientConfig;
}

export interface ReceiverRequest {
  readonly url: string;
  readonly method?: HttpMethod;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text, whose content type is among the headers. */
  readonly body: unknown;
  /** Milliseconds; 0 leaves it to the notification's signal. */
  readonly timeoutMs: number;
  /** Statuses besides 429 and 5xx that may pass. */
  readonly retryStatuses?: readonly number[];
}

/** What a kind of receiver tells one message with. */
export interface HttpTelling {
  readonly message: Notification;
  readonly signal: AbortSignal;
  /** Templates of settings, filled in with the message. */
  readonly fill: FilledTemplates;
  /** A secret or what its file holds; undefined when there is neither or it is empty. It is hidden from then on. */
  secret: NotifyDeps['secretFiles']['read'];
  /** Keeps a text out of reasons: something that was made from secrets. */
  hide(text: string): void;
  /** The answer when its status is 2xx; ends the telling otherwise. */
  send(request: ReceiverRequest): Promise<HttpAnswer>;
  /** The answer whatever its status, for receivers that say more in it than the status does. */
  ask(request: ReceiverRequest): Promise<HttpAnswer>;
  /** Says why the receiver did not take it; ends the telling. */
  fail(reason: string, retry: boolean): never;
}

/** Ends a telling. */
class Untold extends Error {
  readonly delivery: Delivery;

  constructor(delivery: Delivery) {
    super('not delivered');
    this.delivery = delivery;
  }
}

/**
 * A notifier that speaks HTTP. Opens its client now and closes it with the notifier; makes failures of templates, secret files,
 * connections and statuses the Delivery they are, in words that hold none of the receiver's secrets.
 */
export function httpNotifier<Config extends HttpIntegrationConfig>(
  integration: string,
  config: Config,
  deps: NotifyDeps,
  tell: (telling: HttpTelling) => Promise<Delivery>,
): Notifier {
  const http = deps.openHttp(config.http_config);
  const known = secretsOf(config);
  return {
    integration,
    sendResolved: config.send_resolved,
    close: () => http.close(),
    notify: async (message, signal) => {
      const hidden = [...known];
      try {
        return clean(await tell(telling(message, signal, http, hidden, deps)), hidden);
      } catch (error) {
        signal.throwIfAborted();
        return clean(deliveryFor(error), hidden);
      }
    },
  };
}

function telling(
  message: Notification,
  signal: AbortSignal,
  http: HttpSender,
  hidden: string[],
  { templates, secretFiles, clock }: NotifyDeps,
): HttpTelling {
  const hide = (text: string): void => void hidden.push(...hiddenForms(text));
  // Servers repeat what they were told; whoever cuts their words must not cut a secret in two.
  const ask = async (request: ReceiverRequest): Promise<HttpAnswer> => {
    const answer = await answerTo(request, http, signal);
    return { ...answer, body: Buffer.from(withoutSecrets(answer.body.toString('utf8'), hidden)) };
  };
  return {
    message,
    signal,
    fill: templates.of(message),
    hide,
    secret: async (written, file) => {
      const secret = await secretFiles.read(written, file);
      if (secret === undefined || secret === '') return undefined;
      hide(secret);
      return secret;
    },
    ask,
    send: async (request) => {
      const answer = await ask(request);
      const { status } = answer;
      if (status >= 200 && status < 300) return answer;
      const words = answer.body.toString('utf8');
      const answered = { status, retryAfter: answer.header('retry-after'), words };
      const retry = request.retryStatuses?.includes(status) === true;
      throw new Untold(retry ? failure(statusReason(answered), true) : deliveryOf(answered, clock.now()));
    },
    fail: (reason, retry) => {
      throw new Untold(failure(reason, retry));
    },
  };
}

async function answerTo(request: ReceiverRequest, http: HttpSender, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, method, headers = {}, body, timeoutMs } = request;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const type = typeof body === 'string' || body === undefined ? {} : { 'content-type': 'application/json' };
  try {
    return await http.send({
      url: new URL(url),
      headers: Object.entries({ ...type, ...headers }).flat(),
      method: method ?? 'POST',
      ...(text === undefined ? {} : { body: text }),
      timeoutMs: timeoutMs === 0 ? UNLIMITED_MS : timeoutMs,
      timeoutName: 'timeout',
      bodyBytesMax: ANSWER_BYTES_MAX,
      bodyLimitName: 'the answer of a receiver',
      keepMethod: true,
      signal,
    });
  } catch (error) {
    // Only good answers are too large, and nobody wants the rest: the message arrived.
    if (error instanceof BodyTooLarge) return { status: 200, statusText: '', header: () => '', body: Buffer.alloc(0) };
    throw error;
  }
}

function deliveryFor(error: unknown): Delivery {
  if (error instanceof Untold) return error.delivery;
  // The address does not become another by trying; who wrote it has to change it, or the setting.
  const refused = refusedAddress(error);
  if (refused) return failure(`${refused.message}; list its network in alerting.allowed_networks`, false);
  if (error instanceof HttpFailure) return failure(error.message, true);
  // A template or a secret file does not mend itself; the next group_interval tries again.
  if (isVedetteError(error, 'TEMPLATE_INVALID') || isVedetteError(error, 'CONFIG_UNREADABLE'))
    return failure(error.message, false);
  throw error;
}

function clean(delivery: Delivery, hidden: readonly string[]): Delivery {
  return delivery.ok ? delivery : { ...delivery, reason: withoutSecrets(delivery.reason, hidden) };
}
